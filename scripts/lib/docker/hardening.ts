// What each container of the deployment must have and must not have, held against `docker inspect`: an override that
// weakens one, or a container changed by hand, is seen at every status. Pure.
import type Docker from 'dockerode'
import { type Problem, warning } from '../problem.ts'
import { CONTAINER_ID } from '../tls/modes.ts'

type Info = Docker.ContainerInspectInfo
type Rule = {
  /** What is wrong, with the evidence; undefined when it is as it should be. */
  wrong: (info: Info) => string | undefined
  fix: string
}

const USER = `${CONTAINER_ID}:${CONTAINER_ID}`
const TMPFS_OPTIONS = ['noexec', 'nosuid', 'nodev']
const RESTORE = 'take the change out of compose/docker-compose.yml and its override, then: npx tsx scripts/start-secure.ts'

const RULES: readonly Rule[] = [
  { wrong: ({ Config: { User } }) => unless(User === USER, `it runs as ${User || 'root'}, not as ${USER}`), fix: `user: "${USER}"` },
  { wrong: ({ HostConfig: { Privileged } }) => unless(!Privileged, 'it is privileged'), fix: 'privileged: false' },
  { wrong: ({ HostConfig: { CapDrop } }) => unless(CapDrop?.includes('ALL') === true, 'it keeps capabilities'), fix: 'cap_drop: [ALL]' },
  { wrong: ({ HostConfig: { CapAdd } }) => unless(!CapAdd?.length, `it has the capabilities ${CapAdd?.join(', ')}`), fix: 'no cap_add' },
  { wrong: ({ HostConfig: { SecurityOpt } }) => unless(SecurityOpt?.some((each: string) => /^no-new-privileges(?:[:=]true)?$/.test(each)) === true, 'its processes may gain privileges'), fix: 'security_opt: ["no-new-privileges:true"]' },
  { wrong: ({ HostConfig: { SecurityOpt } }) => unless(!SecurityOpt?.some((each: string) => /^(?:seccomp|apparmor)[:=]unconfined$/.test(each)), `it runs without a filter: ${SecurityOpt?.join(', ')}`), fix: 'no seccomp=unconfined or apparmor=unconfined' },
  { wrong: ({ HostConfig: { ReadonlyRootfs } }) => unless(ReadonlyRootfs === true, 'its root file system can be written'), fix: 'read_only: true' },
  { wrong: looseTmpfs, fix: `tmpfs with ${TMPFS_OPTIONS.join(',')}` },
  { wrong: noLimits, fix: 'deploy.resources.limits with cpus, memory and pids, and memswap_limit equal to memory' },
  { wrong: sharedWithHost, fix: 'no network_mode, pid, ipc, uts or userns_mode of the host' },
  { wrong: ({ HostConfig: { Devices } }) => unless(!Devices?.length, `it has the devices ${Devices?.map((each: { PathOnHost: string }) => each.PathOnHost).join(', ')}`), fix: 'no devices' },
  { wrong: ({ Mounts }) => sources(Mounts, (source) => /(?:^|\/)(?:docker|containerd)\.sock$/.test(source), 'it is given the Docker socket, and with it the host'), fix: 'no mount of the socket' },
  { wrong: ({ Mounts }) => sources(Mounts, (source) => /(?:^|\/)ca\.key$/.test(source), "it is given the CA's key"), fix: 'no mount of ca.key' },
  { wrong: ({ Mounts }) => sources(Mounts.filter(({ RW, Type }) => RW && Type === 'bind'), () => true, 'it can write to the host'), fix: 'read_only: true on the mount, or a volume' },
  { wrong: exposedControl, fix: 'CONTROL_PUBLISH=127.0.0.1:9093 in compose/.env; reach it from elsewhere through ssh -L' },
]

/** One warning for each way in which the container `name` is weaker than the deployment's own compose file makes it. */
export function hardeningProblems(name: string, info: Info): Problem[] {
  const weak = RULES.flatMap(({ wrong, fix }) => {
    const what = wrong(info)
    return what === undefined ? [] : [warning('container-weakened', name, what, `${fix}; ${RESTORE}`)]
  })
  return weak
}

function looseTmpfs({ HostConfig }: Info): string | undefined {
  const loose = Object.entries((HostConfig.Tmpfs ?? {}) as Record<string, string>).flatMap(([path, options]) => {
    const missing = TMPFS_OPTIONS.filter((option) => !options.split(',').includes(option))
    return missing.length > 0 ? [`${path} lacks ${missing.join(', ')}`] : []
  })
  return unless(loose.length === 0, `a file system in memory is open for programs: ${loose.join('; ')}`)
}

function noLimits({ HostConfig: { Memory, MemorySwap, PidsLimit, NanoCpus } }: Info): string | undefined {
  const missing = [
    ...(Memory ? (MemorySwap === Memory ? [] : ['swap']) : ['memory']),
    ...(PidsLimit && PidsLimit > 0 ? [] : ['processes']),
    ...(NanoCpus ? [] : ['CPUs']),
  ]
  return unless(missing.length === 0, `it has no limit of ${missing.join(', ')}`)
}

function sharedWithHost({ HostConfig: { NetworkMode, PidMode, IpcMode, UTSMode, UsernsMode } }: Info): string | undefined {
  const shared = Object.entries({ network: NetworkMode, processes: PidMode, ipc: IpcMode, uts: UTSMode, users: UsernsMode }).flatMap(([what, mode]) => (mode === 'host' ? [what] : []))
  return unless(shared.length === 0, `it shares the host's ${shared.join(', ')}`)
}

// Docker also publishes on "" and 0.0.0.0 what names no address.
function exposedControl({ NetworkSettings: { Ports } }: Info): string | undefined {
  const open = (Ports?.['9093/tcp'] ?? []).filter(({ HostIp }) => !/^(?:127\.|::1$)/.test(HostIp))
  return unless(open.length === 0, `9093 is published on ${open.map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`).join(', ')}: who reaches it runs code in every SuperExec, no login asked`)
}

function sources(mounts: Info['Mounts'], is: (source: string) => boolean, what: string): string | undefined {
  const found = mounts.filter(({ Source }) => Source && is(Source)).map(({ Source }) => Source)
  return unless(found.length === 0, `${what}: ${found.join(', ')}`)
}

function unless(good: boolean, wrong: string): string | undefined {
  return good ? undefined : wrong
}
