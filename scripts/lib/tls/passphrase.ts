// The passphrase of the CA's key, or of a backup: from a file, from the terminal, or from nowhere.
import { type Ask, askSecrets, canAsk } from '../cli/ask-secret.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { MAKE } from './layout.ts'
import { passphraseFault } from './passphrase-file.ts'

export type Passphrases = {
  /** For something new; undefined when it is to have none. Throws ProblemError (passphrase-not-given, terminal-missing). */
  forNewKey(): Promise<Buffer | undefined>
  /**
   * What is called `where`, opened by `attempt` with the right passphrase.
   * Throws ProblemError (passphrase-not-given, and for a key ca-key-encrypted, ca-key-passphrase-wrong).
   */
  open<T>(where: string, attempt: Attempt<T>): Promise<T>
  /** Whether there was any use for one. */
  used(): boolean
}
type Attempt<T> = (passphrase: Buffer) => T | undefined | Promise<T | undefined>

/** What the passphrase is of. */
export type Locked = {
  /** After "New passphrase for ". */
  name: string
  /** The flag that wants one, and the command that takes it from a file. */
  wantedBy: string
  fromFile: string
  closed(where: string, what: string): Problem
  wrong(where: string, what: string): Problem
}

const CA_KEY: Locked = {
  name: 'the CA key',
  wantedBy: '--passphrase',
  fromFile: `${MAKE} … --passphrase-file FILE`,
  closed: (where, what) => error('ca-key-encrypted', where, what, `${MAKE} … --passphrase-file FILE, whose first line is the passphrase`),
  wrong: (where, what) => error('ca-key-passphrase-wrong', where, what, 'run it again with the passphrase of this key'),
}

/** Holds a conversation. */
export type Terminal = <T>(work: (ask: Ask) => Promise<T>) => Promise<T>

const TRIES = 3

/** This process's terminal; undefined when there is nobody. `hold` keeps its line free meanwhile. */
export function terminalOf(hold: <T>(work: () => Promise<T>) => Promise<T>, signal: AbortSignal): Terminal | undefined {
  return canAsk() ? (work) => hold(() => askSecrets(signal, work)) : undefined
}

/** A passphrase that was given (`fromFile`), else what is said on the terminal; for a new key it is asked for only when it is `wanted`. */
export function passphrasesFrom({ fromFile, wanted = false, terminal, of = CA_KEY }: { fromFile?: Buffer | undefined; wanted?: boolean; terminal?: Terminal | undefined; of?: Locked }): Passphrases {
  let used = false
  return {
    used: () => used,
    async forNewKey() {
      used = true
      if (fromFile || !wanted) return fromFile
      if (!terminal) throw new ProblemError(error('terminal-missing', of.wantedBy, 'it asks for the passphrase, and there is no terminal to ask on', of.fromFile))
      return terminal((ask) => askNew(of, ask))
    },
    async open(where, attempt) {
      used = true
      if (!fromFile && !terminal) throw new ProblemError(of.closed(where, 'it has a passphrase, and there is no terminal to ask for it'))
      if (!fromFile) return terminal!((ask) => askFor(of, where, ask, attempt))
      const opened = await attempt(fromFile)
      if (opened) return opened
      throw new ProblemError(of.wrong(where, 'the passphrase in the file does not open it'))
    },
  }
}

async function askNew(of: Locked, ask: Ask): Promise<Buffer> {
  let remark = ''
  for (let left = TRIES; left > 0; left--) {
    const first = answerOf(of, await ask(`${remark}New passphrase for ${of.name}: `))
    const fault = passphraseFault(first)
    if (!fault && first.equals(answerOf(of, await ask('The same once more: ')))) return first
    remark = fault ? `It ${fault}.\n` : 'The two differ.\n'
  }
  throw notGiven(of, `none was given twice alike in ${TRIES} tries`)
}

async function askFor<T>(of: Locked, where: string, ask: Ask, attempt: Attempt<T>): Promise<T> {
  let remark = ''
  for (let left = TRIES; left > 0; left--) {
    const opened = await attempt(answerOf(of, await ask(`${remark}Passphrase of ${where}: `)))
    if (opened) return opened
    remark = 'It does not open it.\n'
  }
  throw new ProblemError(of.wrong(where, `none of ${TRIES} passphrases opens it`))
}

function answerOf(of: Locked, answer: string | undefined): Buffer {
  if (answer === undefined) throw notGiven(of, 'the question was left without an answer')
  return Buffer.from(answer)
}

function notGiven(of: Locked, what: string): ProblemError {
  return new ProblemError(error('passphrase-not-given', 'passphrase', what, `run it again, or: ${of.fromFile}`))
}
