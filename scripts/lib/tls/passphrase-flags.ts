// gen-certs' --passphrase and --passphrase-file as passphrases.
import type { Ui } from '../cli/ui.ts'
import { formatProblem } from '../problem.ts'
import type { MakingFlags } from './arguments.ts'
import { type Passphrases, passphrasesFrom, terminalOf } from './passphrase.ts'
import { readPassphraseFile } from './passphrase-file.ts'

type Flags = Pick<MakingFlags, 'passphrase' | 'passphrase-file'>

/** What the flags give, and else the terminal; warnings about a file go to stderr. Throws ProblemError (passphrase-file-unusable). */
export async function givenPassphrases({ passphrase, 'passphrase-file': path }: Flags, ui: Ui, signal: AbortSignal): Promise<Passphrases> {
  const file = path === undefined ? undefined : await readPassphraseFile(path)
  for (const problem of file?.problems ?? []) ui.note(formatProblem(problem))
  return passphrasesFrom({ fromFile: file?.passphrase, wanted: passphrase, terminal: terminalOf(ui.hold, signal) })
}

/** The sentence about a flag that did nothing; empty when it did, or when none was given. */
export function unusedNotes({ passphrase, 'passphrase-file': path }: Flags, passphrases: Passphrases): string[] {
  const flag = passphrase ? '--passphrase' : path === undefined ? undefined : '--passphrase-file'
  return flag && !passphrases.used() ? [`${flag} had no use: no CA key was made, and none that has a passphrase was needed`] : []
}
