// The passphrase of a backup, from a file or from the terminal.
import type { Ui } from '../cli/ui.ts'
import { error, formatProblem } from '../problem.ts'
import { type Locked, type Passphrases, passphrasesFrom, terminalOf } from '../tls/passphrase.ts'
import { readPassphraseFile } from '../tls/passphrase-file.ts'

const BACKUP: Locked = {
  name: 'the backup',
  wantedBy: '--with-keys',
  fromFile: 'add --passphrase-file FILE, whose first line is the passphrase',
  closed: (where, what) => error('backup-encrypted', where, what, 'add --passphrase-file FILE, whose first line is the passphrase'),
  wrong: (where, what) => error('backup-passphrase-wrong', where, `${what}, or the start of the backup is damaged`, 'run it again with the passphrase of this backup'),
}

/** What --passphrase-file gives, else the terminal; `wanted` when a new backup has to have one. Throws ProblemError (passphrase-file-unusable). */
export async function backupPassphrases(path: string | undefined, { wanted = false, ui, signal }: { wanted?: boolean; ui: Ui; signal: AbortSignal }): Promise<Passphrases> {
  const file = path === undefined ? undefined : await readPassphraseFile(path)
  for (const problem of file?.problems ?? []) ui.note(formatProblem(problem))
  return passphrasesFrom({ fromFile: file?.passphrase, wanted, terminal: terminalOf(ui.hold, signal), of: BACKUP })
}
