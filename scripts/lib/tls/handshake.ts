// What a TLS server presents, whoever made it: looked at, not trusted.
import { connect } from 'node:tls'

/** The leaf (DER) that a port published on `address` of this host presents; undefined when no handshake comes about within `milliseconds`. */
export function presentedLeaf(address: string, port: number, milliseconds: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address === '0.0.0.0' ? '127.0.0.1' : address, port, rejectUnauthorized: false, ALPNProtocols: ['h2'], servername: 'superlink' })
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
