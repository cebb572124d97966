// Whom a container can reach, found out by connecting from inside it.
import { docker } from '../../scripts/lib/docker/command.ts'

const PROGRAM = `
import socket, sys
from concurrent.futures import ThreadPoolExecutor
def reach(target):
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        return target
    except OSError:
        return None
print("\\n".join(filter(None, ThreadPoolExecutor(32).map(reach, sys.argv[1:]))))`

/** Which of HOST:PORT `container` can open a TCP connection to; tried side by side, since a refusal may be silence. */
export async function reached(container: string, targets: readonly string[]): Promise<string[]> {
  return (await docker(['exec', '--interactive', container, 'python3', '-', ...targets], { input: PROGRAM })).split('\n').filter(Boolean)
}

/** The addresses of `container`, one for each of its networks. */
export async function addressesOf(container: string): Promise<string[]> {
  return (await docker(['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}', container])).trim().split(/\s+/)
}
