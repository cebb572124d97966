// What can go wrong with a backup and with bringing a federation back from one.
import type { Entries } from './entries.ts'

export const BACKUPS = {
  'nothing-to-back-up': ['error', 'no SuperLink has run here yet'],
  'backup-exists': ['error', 'there is a file of that name'],
  'backup-failed': ['error', 'the state could not be copied'],
  'backup-left-out': ['warning', "links, special files or the CA's key are not in the backup"],
  'state-not-whole': ['error', "the SuperLink's database is damaged, so that a copy of it is no backup"],
  'backup-unreadable': ['error', 'there is no such backup, or this user may not read it'],
  'backup-damaged': ['error', 'it is not to the byte as it was written, or no backup of this suite'],
  'backup-encrypted': ['error', 'it has a passphrase, and there is neither a file with it nor a terminal to ask on'],
  'backup-passphrase-wrong': ['error', 'the passphrase does not open it, or its first lines are damaged; further on damage is told as damage'],
  'backup-other-version': ['error', 'it is of another Flower, or of a version of this suite that laid it out in another way'],
  'volume-unknown': ['error', 'it has a volume that the compose file does not name'],
  'not-stopped': ['error', 'the federation that is to be restored has containers'],
  'data-present': ['error', 'there is data that it would replace, and `--replace` was not given'],
  'restore-unfinished': ['error', 'a restore was cut off'],
} as const satisfies Entries
