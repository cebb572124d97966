import { once } from 'node:events'
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'

const reason = withoutPython()
const METHOD = '/flwr.proto.ServerAppIo/ListAppsToLaunch'
const ASK = `
import sys, probes
probes.SECONDS = float(sys.argv[3])
try:
    with probes.connect(sys.argv[1]) as connection:
        probes.ask(connection, sys.argv[2])
    print("answered")
except OSError as failure:
    print(type(failure).__name__, failure)
`

/** What the probe says of a server; it has long, so that a busy machine is not taken for a silent server. */
async function probe(server: Server | Http2Server, seconds = 20): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { stdout, stderr } = await python(ASK, [`127.0.0.1:${(server.address() as AddressInfo).port}`, METHOD, String(seconds)])
    assert.is(stderr, '')
    return stdout.trim()
  } finally {
    server.close()
  }
}

/** A gRPC server of one answer. */
function grpc(answer: (stream: ServerHttp2Stream, headers: Record<string, unknown>, body: Buffer) => void): Http2Server {
  const server = createHttp2Server()
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => answer(stream, headers, Buffer.concat(chunks)))
    stream.on('error', () => {})
  })
  // The probe hangs up as soon as it knows.
  server.on('session', (session) => session.on('error', () => {}))
  return server
}

const OK = { ':status': 200, 'content-type': 'application/grpc' }
const respond = (stream: ServerHttp2Stream, message: Buffer) => {
  stream.respond(OK, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(message)
}

testUnless(test, reason, 'an answer with data is good, and the request is gRPC as the specification has it', async () => {
  let seen: unknown
  const said = await probe(grpc((stream, headers, body) => {
    seen = { method: headers[':method'], scheme: headers[':scheme'], path: headers[':path'], type: headers['content-type'], te: headers['te'], body: [...body] }
    respond(stream, Buffer.alloc(5))
  }))
  assert.is(said, 'answered')
  assert.equal(seen, { method: 'POST', scheme: 'http', path: METHOD, type: 'application/grpc', te: 'trailers', body: [0, 0, 0, 0, 0] })
})

testUnless(test, reason, 'a large answer is good too', async () => {
  assert.is(await probe(grpc((stream) => respond(stream, Buffer.alloc(300_000)))), 'answered')
})

testUnless(test, reason, 'trailers without data are an error, as gRPC tells an unknown method or an unauthenticated peer', async () => {
  const said = await probe(grpc((stream) => stream.respond({ ...OK, 'grpc-status': '12', 'grpc-message': 'Method not found!' }, { endStream: true })))
  assert.is(said, 'ConnectionError answered with an error')
})

testUnless(test, reason, 'headers and then an error without data are an error', async () => {
  const said = await probe(grpc((stream) => {
    stream.respond(OK, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '14' }))
    stream.end()
  }))
  assert.is(said, 'ConnectionError answered with an error')
})

testUnless(test, reason, 'a server that sends everybody away is an error', async () => {
  assert.is(await probe(grpc((stream) => stream.session!.goaway(0x0b))), 'ConnectionError answered with an error')
})

testUnless(test, reason, 'a stream that is reset is an error at once', async () => {
  assert.is(await probe(grpc((stream) => stream.close(0x07))), 'ConnectionError answered with an error')
})

testUnless(test, reason, 'a connection that ends without an answer is an error', async () => {
  const said = await probe(createServer((socket) => socket.on('data', () => socket.end()).on('error', () => {})))
  assert.match(said, /^Connection(Reset)?Error /)
})

testUnless(test, reason, 'a process that accepts and says nothing is an error after the time that a probe has', async () => {
  const sockets: { destroy(): void }[] = []
  const said = await probe(createServer((socket) => void sockets.push(socket.on('error', () => {}))), 0.5)
  for (const socket of sockets) socket.destroy()
  assert.match(said, /^TimeoutError/)
})

testUnless(test, reason, 'a port on which nobody listens is an error', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  assert.match((await python(ASK, [`127.0.0.1:${port}`, METHOD, '20'])).stdout, 'ConnectionRefusedError')
})

testUnless(test, reason, 'a connection to a peer is seen by the port of the peer', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const source = `
import socket, sys, probes
port = int(sys.argv[1])
before = probes.connected_to(port)
with socket.create_connection(("127.0.0.1", port)):
    print(before, probes.connected_to(port))
`
  try {
    assert.is((await python(source, [String(port)])).stdout, 'False True\n')
  } finally {
    server.close()
  }
})

testUnless(test, reason, "an address is this container's own, somebody else's, or a name of nobody", async () => {
  // 192.0.2.0/24 is nobody's (RFC 5737), neither is .invalid (RFC 6761).
  assert.is((await python('import probes; print(*map(probes.is_here, ("127.0.0.1", "localhost", "192.0.2.1", "nobody.invalid")))')).stdout, 'True True False False\n')
})

test.run()
