// What ClientApps raised during a run, from the logs of the containers that ran them.
import { tryDocker } from '../docker/command.ts'
import type { Deployment } from '../deployment.ts'
import type { RunState } from './superlink-state.ts'
import { lastTraceback } from './traceback.ts'

export type ClientError = { container: string; traceback: string }

/** A ClientApp that prints a lot must not hide its error, nor fill our memory. */
const LAST_LINES = 5000

/** The last error of `run`'s app in each container that runs ClientApps; containers without one are left out. */
export async function clientErrors({ services }: Deployment, run: RunState, signal: AbortSignal): Promise<ClientError[]> {
  const executors = services.filter(({ name }) => name.startsWith('superexec-clientapp-'))
  const found = await Promise.all(executors.map(async ({ container }) => {
    const args = ['logs', '--tail', String(LAST_LINES), ...(run.startedAt ? ['--since', run.startedAt] : []), container]
    const { stderr, stdout } = await tryDocker(args, { signal })
    const traceback = lastTraceback(stderr, run.appHash) ?? lastTraceback(stdout, run.appHash)
    return traceback === undefined ? [] : [{ container, traceback }]
  }))
  return found.flat()
}
