// One changing command at a time. Node has no flock; an abstract unix socket is free again after any death of its
// holder, also SIGKILL (unix(7), "Abstract sockets"), and tells who holds it.
import { createConnection, createServer, type Server } from 'node:net'
import { projectName } from './deployment.ts'
import { error, ProblemError } from './problem.ts'

/**
 * Runs `work` as the only changing command of this deployment on this host; `what` is told to whoever comes too late.
 * Throws ProblemError (locked) at once when another command holds the lock.
 */
export async function withLock<T>(what: string, work: () => Promise<T>, project = projectName()): Promise<T> {
  const address = `\0${project}.lock`
  const server = await acquire(address, `${what} (pid ${process.pid}, since ${new Date().toISOString()})`)
  if (!server) {
    const holder = await ask(address)
    throw new ProblemError(error('locked', project, `another command is at work: ${holder}`, 'wait until it has ended, then run this again'))
  }
  try {
    return await work()
  } finally {
    server.close()
  }
}

function acquire(address: string, holder: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(holder))
    server.once('error', (failure: NodeJS.ErrnoException) => (failure.code === 'EADDRINUSE' ? resolve(undefined) : reject(failure)))
    server.listen(address, () => {
      server.unref()
      resolve(server)
    })
  })
}

function ask(address: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = createConnection(address)
    // Whoever is connected to lives, however busy it is.
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => resolve(text || 'one that just ended'))
  })
}
