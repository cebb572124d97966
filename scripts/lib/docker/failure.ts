// What a failing docker command means to an operator.
import { error, type Problem } from '../problem.ts'

/** The problem behind a failed `docker ARGS`, told from its exit code (127: no such command) and standard error. */
export function dockerProblem(args: readonly string[], { exitCode, stderr }: { exitCode: number; stderr: string }): Problem {
  const evidence = lastLines(stderr, 12) || `exit code ${exitCode}`
  if (exitCode === 127) {
    return error('docker-missing', 'docker', 'the docker command is not installed', 'sudo npx tsx scripts/setup-host.ts')
  }
  if (/permission denied.*(docker\.sock|daemon|docker api)/is.test(stderr)) {
    return error(
      'docker-denied',
      'docker.sock',
      `this user may not talk to the Docker daemon: ${lastLines(stderr, 1)}`,
      'run as root, or: sudo usermod -aG docker "$USER", then log in again (that group is as powerful as root)',
    )
  }
  // The words of a registry that is away resemble those of a daemon that is: only the daemon itself can pass them on.
  const registry = /(?:error response from daemon|failed to (?:solve|resolve source metadata)).*(?:no such host|i\/o timeout|connection refused|x509|server misbehaving|awaiting headers)/is.test(stderr)
  if (registry) {
    return error('registry-unreachable', 'image registry', `an image is not on this host and no registry gives it: ${lastLines(stderr, 1)}`, 'sudo npx tsx scripts/setup-host.ts (makes the base image from Debian packages where no registry answers)')
  }
  if (/api version.*is too (?:old|new)|is too old\. minimum supported api/is.test(stderr)) {
    return error('docker-too-old', 'docker', `the docker command and the engine do not understand each other: ${lastLines(stderr, 1)}`, 'upgrade the older one of the two as it was installed (`docker version` shows both)')
  }
  if (/cannot connect to the docker daemon|is the docker daemon running|error during connect|failed to connect to the docker api|no such host/i.test(stderr)) {
    return error('docker-down', 'dockerd', `the Docker daemon does not answer: ${lastLines(stderr, 1)}`, 'sudo systemctl start docker, or where there is no systemd: sudo npx tsx scripts/setup-host.ts')
  }
  if (/is not a docker command|unknown command: docker|unknown shorthand flag: 'f'|unknown flag: --project-directory/i.test(stderr)) {
    return error('compose-missing', 'docker compose', `this docker has no ${args[0]} plugin: ${lastLines(stderr, 1)}`, 'sudo npx tsx scripts/setup-host.ts')
  }
  if (/no space left on device/i.test(stderr)) {
    return error('disk-full', 'docker', `no space left on device: ${evidence}`, 'free space below the path that `docker info` names as Docker Root Dir (`docker system df` shows what uses it), then run again')
  }
  const port = /(?:bind for|listen tcp4?) (\S+):(\d+).*(?:already allocated|already in use)/i.exec(stderr)
  if (port) {
    return error('port-taken', `${port[1]}:${port[2]}`, `the port is in use: ${lastLines(stderr, 1)}`, `end what listens on it (sudo ss -ltnp 'sport = :${port[2]}')`)
  }
  return error('docker-failed', `docker ${args.join(' ')}`, evidence, 'read the message above; `npx tsx scripts/check-status.ts` shows what runs')
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n')
}
