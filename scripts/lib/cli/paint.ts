// Colours, only where a person looks at them (no-color.org; FORCE_COLOR as in Node's own tty).
import { styleText } from 'node:util'

export type Color = 'green' | 'red' | 'yellow' | 'cyan' | 'magenta' | 'blue' | 'dim' | 'bold'
export type Paint = (color: Color, text: string) => string

export const plain: Paint = (_color, text) => text

/** Colours for `stream` when it is a terminal and NO_COLOR is not set; none otherwise. */
export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  const wanted = env['NO_COLOR'] ? false : env['FORCE_COLOR'] ? env['FORCE_COLOR'] !== '0' : stream.isTTY === true && env['TERM'] !== 'dumb'
  // Node itself would look at stdout once more, whatever `stream` is.
  return wanted ? (color, text) => styleText(color, text, { validateStream: false }) : plain
}
