// A program on a terminal of its own, by script(1), with somebody who answers.
import { spawn } from 'node:child_process'
import { hasCommand } from '../../scripts/lib/host/requirements.ts'

/** Why a test cannot have a terminal here; undefined when it can. */
export const noTerminal = hasCommand('script') ? undefined : 'needs script(1) for a terminal'

/**
 * Runs a shell command on a terminal. Each pair of `dialogue` is what must come onto the screen and what is typed then.
 * `onCue` is called with the screen's text each time. Gives the exit code and all that was on the screen.
 */
export async function onTerminal(command: string, dialogue: readonly (readonly [cue: string, keys: string])[], { cwd, env = {}, onCue }: { cwd: string; env?: Record<string, string>; onCue?: (text: string) => void }): Promise<{ code: number | null; text: string }> {
  // With CI in the environment, also empty, ora shows no spinner.
  const { CI: _ci, ...inherited } = process.env
  const child = spawn('script', ['-qec', `stty cols 80 rows 24; ${command}`, '/dev/null'], { cwd, env: { ...inherited, TERM: 'xterm', ...env } })
  const left = [...dialogue]
  let text = ''
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    // One piece of output may hold several.
    for (let at: number; left[0] && (at = text.indexOf(left[0][0], seen)) >= 0; ) {
      const [cue, keys] = left.shift()!
      seen = at + cue.length
      onCue?.(text)
      child.stdin.write(keys)
    }
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, text }
}
