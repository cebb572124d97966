// The passphrase of the CA's key: from a file, from the terminal, or from nowhere.
import type { KeyObject } from 'node:crypto'
import { type Ask, askSecrets, canAsk } from '../cli/ask-secret.ts'
import { error, ProblemError } from '../problem.ts'
import { MAKE } from './layout.ts'
import { passphraseFault } from './passphrase-file.ts'

export type Passphrases = {
  /** For the key of a new CA; undefined for a key without one. Throws ProblemError (passphrase-not-given, terminal-missing). */
  forNewKey(): Promise<Buffer | undefined>
  /**
   * The key called `where`, opened by `attempt` with the right passphrase.
   * Throws ProblemError (ca-key-encrypted, ca-key-passphrase-wrong, passphrase-not-given).
   */
  open(where: string, attempt: Attempt): Promise<KeyObject>
  /** Whether there was any use for one. */
  used(): boolean
}
type Attempt = (passphrase: Buffer) => KeyObject | undefined

/** Holds a conversation. */
export type Terminal = <T>(work: (ask: Ask) => Promise<T>) => Promise<T>

const TRIES = 3

/** This process's terminal; undefined when there is nobody. `hold` keeps its line free meanwhile. */
export function terminalOf(hold: <T>(work: () => Promise<T>) => Promise<T>, signal: AbortSignal): Terminal | undefined {
  return canAsk() ? (work) => hold(() => askSecrets(signal, work)) : undefined
}

/** A passphrase that was given (`fromFile`), else what is said on the terminal; for a new key it is asked for only when it is `wanted`. */
export function passphrasesFrom({ fromFile, wanted = false, terminal }: { fromFile?: Buffer | undefined; wanted?: boolean; terminal?: Terminal | undefined }): Passphrases {
  let used = false
  return {
    used: () => used,
    async forNewKey() {
      used = true
      if (fromFile || !wanted) return fromFile
      if (!terminal) throw new ProblemError(error('terminal-missing', '--passphrase', 'it asks for the passphrase, and there is no terminal to ask on', `${MAKE} … --passphrase-file FILE`))
      return terminal(askNew)
    },
    async open(where, attempt) {
      used = true
      if (!fromFile && !terminal) throw new ProblemError(error('ca-key-encrypted', where, 'it has a passphrase, and there is no terminal to ask for it', `${MAKE} … --passphrase-file FILE, whose first line is the passphrase`))
      if (!fromFile) return terminal!((ask) => askFor(where, ask, attempt))
      const key = attempt(fromFile)
      if (key) return key
      throw wrong(where, 'the passphrase in the file does not open it')
    },
  }
}

async function askNew(ask: Ask): Promise<Buffer> {
  let remark = ''
  for (let left = TRIES; left > 0; left--) {
    const first = answerOf(await ask(`${remark}New passphrase for the CA key: `))
    const fault = passphraseFault(first)
    if (!fault && first.equals(answerOf(await ask('The same once more: ')))) return first
    remark = fault ? `It ${fault}.\n` : 'The two differ.\n'
  }
  throw notGiven(`none was given twice alike in ${TRIES} tries`)
}

async function askFor(where: string, ask: Ask, attempt: Attempt): Promise<KeyObject> {
  let remark = ''
  for (let left = TRIES; left > 0; left--) {
    const key = attempt(answerOf(await ask(`${remark}Passphrase of ${where}: `)))
    if (key) return key
    remark = 'It does not open the key.\n'
  }
  throw wrong(where, `none of ${TRIES} passphrases opens it`)
}

function answerOf(answer: string | undefined): Buffer {
  if (answer === undefined) throw notGiven('the question was left without an answer')
  return Buffer.from(answer)
}

function notGiven(what: string): ProblemError {
  return new ProblemError(error('passphrase-not-given', 'passphrase', what, `run it again, or: ${MAKE} … --passphrase-file FILE`))
}

function wrong(where: string, what: string): ProblemError {
  return new ProblemError(error('ca-key-passphrase-wrong', where, what, 'run it again with the passphrase of this key'))
}
