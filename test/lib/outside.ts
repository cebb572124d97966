// A world outside for network tests: a network namespace behind a veth pair, with a server in it, to which this host is
// the way. Addresses are of TEST-NET-2 (RFC 5737), which no real network has. Nothing that a test sends leaves this host:
// it has no route to addresses of internal networks, and would pass on to its own gateway what is sent to them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { NAME, PREFIXES } from './federation.ts'

const SPACE = `${NAME}-outside`
// The kernel keeps 15 letters of an interface's name.
const [OUTER, INNER] = [`${NAME.slice(-5)}-out`, `${NAME.slice(-5)}-in`]
const HOST_SIDE = '198.51.100.1'
const FAR_SIDE = '198.51.100.2'
const PORT = 19999
/** Less specific than the route to any bridge with an address, so it holds for those without. */
const BARRIERS = PREFIXES.map((prefix) => `${prefix}.0.0/16`)

export type Outside = {
  /** HOST:PORT of the server far away. */
  far: string
  /** A port of this host on which a server listens on all addresses. */
  hostPort: number
  /** This host's address on the way out. */
  hostSide: string
}

/** Calls `work` with a world outside and a service on all of this host's addresses; takes both away at the end. Needs root and iproute2. */
export async function withOutside<T>(work: (outside: Outside) => Promise<T>): Promise<T> {
  remove()
  let far: ChildProcess | undefined
  const host = createServer((socket) => socket.on('error', () => {}).end('host')).listen(0, '0.0.0.0')
  try {
    ip('netns', 'add', SPACE)
    ip('link', 'add', OUTER, 'type', 'veth', 'peer', 'name', INNER, 'netns', SPACE)
    ip('addr', 'add', `${HOST_SIDE}/24`, 'dev', OUTER)
    ip('link', 'set', OUTER, 'up')
    ip('-n', SPACE, 'addr', 'add', `${FAR_SIDE}/24`, 'dev', INNER)
    ip('-n', SPACE, 'link', 'set', INNER, 'up')
    ip('-n', SPACE, 'route', 'add', 'default', 'via', HOST_SIDE)
    for (const subnet of BARRIERS) ip('route', 'add', 'unreachable', subnet)
    const program = `require('node:net').createServer((s) => s.on('error', () => {}).end('far')).listen(${PORT}, '0.0.0.0', () => console.log('ready'))`
    far = spawn('ip', ['netns', 'exec', SPACE, process.execPath, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(far.stdout!, 'data')
    return await work({ far: `${FAR_SIDE}:${PORT}`, hostPort: portOf(host), hostSide: HOST_SIDE })
  } finally {
    far?.kill('SIGKILL')
    host.close()
    remove()
  }
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}

function remove(): void {
  for (const args of [['netns', 'del', SPACE], ['link', 'del', OUTER], ...BARRIERS.map((subnet) => ['route', 'del', 'unreachable', subnet])]) {
    try {
      execFileSync('ip', args, { stdio: 'pipe' })
    } catch {
      // It was not there.
    }
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}
