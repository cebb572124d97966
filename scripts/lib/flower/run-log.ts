// The log of a run that has ended, from the SuperLink's state.
import { tryDocker } from '../docker/command.ts'

/** All that the run's ServerApp has logged; empty when it cannot be read. */
export async function readRunLog(container: string, runId: string, signal: AbortSignal): Promise<string> {
  // Standard input is empty, so it prints what there is and ends (superlink/state.py).
  const { stdout } = await tryDocker(['exec', container, 'python3', '-ISE', '/opt/flower/state.py', 'follow', runId, '0'], { signal })
  return stdout.split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { log: string }).log).join('')
}
