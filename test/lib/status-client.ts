// The status of a deployment for tests that ask for it again and again while they wait.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { ROOT } from '../../scripts/lib/paths.ts'
import { checkPrinted, type Printed } from './printed.ts'

export type StatusClient = {
  /** What `check-status.ts --json` prints, which must fit its schema, with its exit code. */
  ask(): Promise<Printed>
  close(): void
}

type Server = { child: ChildProcessByStdio<Writable, Readable, null>; environment: string }

/** A client for the deployment of the checkout at `root`; `env` is added to this process's environment as it is at each question. */
export function statusClient(root: string, env: Readonly<Record<string, string>>): StatusClient {
  const script = join(root, 'scripts/check-status.ts')
  let server: Server | undefined
  let before: Promise<unknown> = Promise.resolve()
  const close = () => {
    server?.child.kill('SIGKILL')
    server = undefined
  }
  const ask = async (): Promise<Printed> => {
    const environment = JSON.stringify({ ...process.env, ...env })
    if (server?.environment !== environment || server.child.exitCode !== null || server.child.signalCode !== null) {
      close()
      server = { child: serve(root, env), environment }
    }
    const printed = await question(server.child)
    await checkPrinted(script, ['--json'], printed)
    return printed
  }
  return {
    // One question at a time, in the order in which they were asked.
    ask: () => {
      const answer = before.then(ask)
      before = answer.catch(() => {})
      return answer
    },
    close,
  }
}

function serve(root: string, env: Readonly<Record<string, string>>): Server['child'] {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(ROOT, 'test/lib/status-server.ts'), root], { cwd: '/', env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  // Between questions it keeps nobody from ending; it ends itself with its standard input.
  child.unref()
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as Socket).unref()
  child.stdin.on('error', () => {})
  return child
}

function question({ stdin, stdout }: Server['child']): Promise<Printed> {
  const socket = stdout as unknown as Socket
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const done = (settle: () => void) => {
      stdout.off('data', hear).off('close', gone)
      socket.unref()
      settle()
    }
    const hear = (piece: Buffer) => {
      pieces.push(piece)
      const answer = /^([^\0]*)\0(\d+)\n$/.exec(Buffer.concat(pieces).toString())
      if (answer) done(() => resolve({ stdout: answer[1]!, code: Number(answer[2]) }))
    }
    const gone = () => done(() => reject(new Error(`the process that was asked for the status has ended, after saying ${JSON.stringify(Buffer.concat(pieces).toString())}`)))
    stdout.on('data', hear).on('close', gone)
    socket.ref()
    stdin.write('\n')
  })
}
