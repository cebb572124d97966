// Callers that have no business here, as real as they come: containers of the project's own images on its networks,
// with keys and certificates that are not theirs to use.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { type Federation, NAME, PROJECT } from './federation.ts'

/** What a stranger is given: file of this host → its path in the container. */
export type Files = Readonly<Record<string, string>>

const network = (name: string) => `${NAME}-${name}-network`
const mounts = (files: Files) => Object.entries(files).flatMap(([from, to]) => {
  // Read by the containers' user; a key that is thrown away with the test has nothing to hide.
  chmodSync(from, 0o444)
  return ['--volume', `${from}:${to}:ro`]
})

/** Runs Flower's own flower-supernode, unchanged, on the fleet network until it gives up; gives all that it said. */
export async function strangeSuperNode(federation: Federation, files: Files, keyArgs: readonly string[]): Promise<string> {
  const { stdout, stderr } = await tryDocker([
    'run', '--rm', '--network', network('fl'), '--user', '49999:49999', '--volume', `${join(federation.root, 'certificates/ca/ca.crt')}:/ca.crt:ro`, ...mounts(files),
    '--entrypoint', 'timeout', `${PROJECT}/supernode:1.22.0`, '20', 'flower-supernode', '--isolation=process', '--superlink=superlink:9092', '--root-certificates=/ca.crt',
    '--clientappio-api-address=127.0.0.1:19094', ...keyArgs,
  ])
  return stdout + stderr
}

export type Edge = { network: string; peer: string; port: number; role: 'clientapp' | 'serverapp' }

/**
 * Starts a SuperExec with its stunnel as the deployment's own ones start, at somebody's AppIo edge and under the identity
 * at `identity` (path without .crt and .key on this host); without one its stunnel shows no certificate. Gives its container.
 */
export async function strangeSuperExec(federation: Federation, name: string, { network: place, peer, port, role }: Edge, identity?: string): Promise<string> {
  const container = `${NAME}-stranger-${name}`
  const files: Files = identity ? { [`${identity}.crt`]: '/identity/x.crt', [`${identity}.key`]: '/identity/x.key' } : {}
  const superexec = ['launch-superexec', '--insecure', `--plugin-type=${role}`, `--appio-api-address=127.0.0.1:${port}`, '--health-server-address=127.0.0.1:19099']
  await docker([
    'run', '--detach', '--name', container, '--network', network(place), '--init', '--tmpfs', '/app/certificates/live:uid=49999,gid=49999,mode=0700',
    '--volume', `${join(federation.root, 'certificates/ca/ca.crt')}:/app/certificates/ca/ca.crt:ro`, ...mounts(files),
    ...Object.entries({ ROLE: role, TUNNEL: 'client', TUNNEL_ACCEPT: `127.0.0.1:${port}`, TUNNEL_CONNECT: `${peer}:${port}`, TUNNEL_PEER: peer, TUNNEL_IDENTITY: '/identity/x' }).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(identity ? [`${PROJECT}/superexec:1.22.0`, ...superexec] : ['--entrypoint', 'sh', `${PROJECT}/superexec:1.22.0`, '-c', anonymousTunnel(port, peer) + superexec.join(' ')]),
  ])
  return container
}

const anonymousTunnel = (port: number, peer: string) =>
  `printf 'foreground = yes\npid =\n[appio]\nclient = yes\naccept = 127.0.0.1:${port}\nconnect = ${peer}:${port}\n' > /tmp/stunnel.conf; stunnel4 /tmp/stunnel.conf & exec `

/** Calls Fleet's CreateNode with gRPC itself, over TLS and without any of the headers that a SuperNode sends; gives what it hears. */
export function bareFleetClient(federation: Federation): Promise<string> {
  const program = `
import grpc
from flwr.proto.fleet_pb2 import CreateNodeRequest
from flwr.proto.fleet_pb2_grpc import FleetStub
channel = grpc.secure_channel("superlink:9092", grpc.ssl_channel_credentials(open("/ca.crt", "rb").read()))
try:
    print("served", FleetStub(channel).CreateNode(CreateNodeRequest(heartbeat_interval=30), timeout=10))
except grpc.RpcError as failure:
    print(failure.code().name, failure.details())`
  return docker(['run', '--rm', '--interactive', '--network', network('fl'), '--volume', `${join(federation.root, 'certificates/ca/ca.crt')}:/ca.crt:ro`, '--entrypoint', '/opt/venv/bin/python', `${PROJECT}/supernode:1.22.0`, '-'], { input: program })
}

/** What a client without TLS, and one of TLS 1.1, get to hear at each of `targets` (HOST:PORT) from a container on a network. */
export async function oldClients(place: string, targets: readonly string[]): Promise<Record<string, { plain: string; tls11: string }>> {
  return JSON.parse(await docker(['run', '--rm', '--interactive', '--network', network(place), '--entrypoint', 'python3', `${PROJECT}/superexec:1.22.0`, '-W', 'ignore', '-', ...targets], { input: OLD_CLIENTS })) as Record<string, { plain: string; tls11: string }>
}

const OLD_CLIENTS = `
import json, socket, ssl, sys
def attempt(target, work):
    host, port = target.rsplit(":", 1)
    try:
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            return work(connection)
    except OSError as failure:
        return "refused: " + (getattr(failure, "reason", None) or type(failure).__name__)
def plain(connection):
    # HTTP/2's preface and an empty SETTINGS frame: what a gRPC client without TLS says first.
    connection.sendall(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    answer = connection.recv(9)
    return "refused: closed" if not answer else "answered: " + answer.hex()
def tls11(connection):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return "answered: " + context.wrap_socket(connection).version()
print(json.dumps({target: {"plain": attempt(target, plain), "tls11": attempt(target, tls11)} for target in sys.argv[1:]}))
`
