// What a TLS server presents, whoever made it: looked at, not trusted.
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'

/** The leaf (DER) that a port published on `address` of this host presents; undefined when no handshake comes about within `milliseconds`. */
export function presentedLeaf(address: string, port: number, milliseconds: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: reachable(address), port, rejectUnauthorized: false, ALPNProtocols: ['h2'], servername: 'superlink' })
    const end = (leaf?: Buffer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(leaf)
    }
    const timer = setTimeout(end, milliseconds)
    socket.once('secureConnect', () => end(socket.getPeerCertificate().raw))
    socket.once('error', () => end())
    socket.once('close', () => end())
  })
}

/** Whether what listens there answers the beginning of HTTP/2 (RFC 9113 3.4) without TLS, within `milliseconds`. */
export function answersPlain(address: string, port: number, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectPlain({ host: reachable(address), port }, () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1'))
    const end = (answer: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => end(false), milliseconds)
    // The first byte of a frame's length is 0; a TLS alert begins with 21.
    socket.once('data', (data) => end(data[0] === 0))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}

function reachable(address: string): string {
  return address === '0.0.0.0' ? '127.0.0.1' : address
}
