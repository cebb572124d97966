// `rotate-certs ca …`: another CA in stages, each of which can stand for days, and none of which refuses a valid peer.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { wholeNumber } from '../cli/command.ts'
import { nearest } from '../cli/nearest.ts'
import { error, ProblemError, UsageError } from '../problem.ts'
import { parseCaDays } from '../tls/arguments.ts'
import { readAuthority } from '../tls/authority.ts'
import { blocksIn, NEXT, OLD, type Stage, STAGE_FILES, stageOf } from '../tls/ca-stage.ts'
import { clockProblems, readLeaves } from '../tls/clock.ts'
import { draftAuthority, type Made } from '../tls/drafts.ts'
import { LEAF_DAYS, newKey } from '../tls/issue.ts'
import { CA, leaves } from '../tls/layout.ts'
import { readRecords, remoteNodes } from '../tls/node-records.ts'
import type { Change, NewFile } from '../tls/staging.ts'
import { carryOut, takeIntoUse } from './change.ts'
import { type Prepared, withContext } from './context.ts'
import { draftLeaves } from './leaves.ts'
import type { Operation } from './operations.ts'
import { report } from './report.ts'

const WORDS = ['begin', 'issue', 'finish', 'undo'] as const
type Word = (typeof WORDS)[number]
/** In which stage each word makes sense. */
const FROM: Readonly<Record<Word, readonly Stage[]>> = { begin: ['none', 'finished'], issue: ['begun'], finish: ['issued'], undo: ['begun', 'issued', 'finished'] }
const TOLD: Readonly<Record<Stage, string>> = { none: 'the CA is not being replaced', begun: 'the next CA is trusted, and the old one signs', issued: 'the next CA has signed everything, and the old one is trusted still', finished: 'the CA has been replaced' }

export const ca: Operation = async (words, call) => {
  const word = parseWord(words)
  if (call.flags.all || call.flags.undo) throw new UsageError('--all and --undo do not go with ca: its own undo is `ca undo`')
  const days = wholeNumber('days', call.flags.days, 1) ?? LEAF_DAYS
  const caDays = parseCaDays(call.flags['ca-days'])
  if (caDays !== undefined && word !== 'begin') throw new UsageError(`--ca-days is for a new CA, which "ca ${word}" does not make`)
  return withContext(call, async (context) => {
    const { dir, ui, now, sites } = context
    const stage = stageOf(dir)
    if (!FROM[word].includes(stage)) throw new ProblemError(error('ca-stage', `certificates/${CA.certificate}`, `"ca ${word}" makes no sense here: ${TOLD[stage]}`, `npx tsx scripts/rotate-certs.ts ca ${nextWord(stage)}`))
    const strange = clockProblems(dir, readLeaves(dir, leaves(sites)), now)
    if (strange.length) throw new ProblemError(strange)
    // Nobody may still use, or trust, only what this stage ends.
    await takeIntoUse(context)
    const { change, made, vain } = await planOf(word, stage, context, { days, caDays })
    const rotation = await carryOut(context, change)
    for (const path of vain) rmSync(path, { force: true })
    const elsewhere = [...remoteNodes(readRecords(dir)).keys()]
    const tell = elsewhere.length ? [`${elsewhere.join(', ')}, whose keys are at ${elsewhere.length === 1 ? 'its site' : 'their sites'}: certificates/${CA.certificate} must come there before the next stage (DEPLOYMENT.md, Replace the CA).`] : []
    report(ui, { made, ...rotation, notes: [`Now ${TOLD[stageOf(dir)]}.`, ...tell, ...(context.running ? [] : ['The federation does not run: its next start takes the new files.'])] })
    return 0
  })
}

type Planned = { change: Change; made: Made[]; vain: string[] }

function planOf(word: Word, stage: Stage, context: Prepared, { days, caDays }: { days: number; caDays: number | undefined }): Promise<Planned> {
  if (word === 'begin') return begin(context, caDays)
  if (word === 'issue') return issue(context, days)
  if (word === 'finish') return Promise.resolve(trust(context, [], []))
  return stage === 'begun' ? Promise.resolve(forget(context)) : stage === 'issued' ? reissue(context, days) : Promise.resolve(trust(context, [OLD.certificate], []))
}

async function begin({ dir, caKey, passphrases, now }: Prepared, days: number | undefined): Promise<Planned> {
  // What signs is opened first: a wrong passphrase or a foreign key must not be found out at the next stage.
  await readAuthority(dir, caKey, passphrases, now)
  const next = await draftAuthority(now, newKey, { passphrase: await passphrases.forNewKey(), days })
  const [certificate, key] = [textOf(next.files, CA.certificate), textOf(next.files, CA.key)]
  const bundle = [...blocksIn(dir, CA.certificate).slice(0, 1), certificate].join('')
  const { inside, outside } = place([{ path: NEXT.key, text: key }], caKey)
  const files = [{ path: CA.certificate, text: bundle }, { path: NEXT.certificate, text: certificate }, ...inside]
  return { change: { files, dropped: [OLD.certificate, OLD.key], outside }, made: [{ file: `certificates/${NEXT.certificate}`, names: next.names, notAfter: next.notAfter }], vain: [] }
}

// The next CA signs: it comes first in ca.crt, and its key where the CA's key is.
function issue(context: Prepared, days: number): Promise<Planned> {
  return change(context, days, { to: NEXT, from: OLD })
}

function reissue(context: Prepared, days: number): Promise<Planned> {
  return change(context, days, { to: OLD, from: NEXT })
}

async function change({ dir, caKey, passphrases, now, sites, ui }: Prepared, days: number, { to, from }: { to: typeof NEXT | typeof OLD; from: typeof NEXT | typeof OLD }): Promise<Planned> {
  const keyFile = pathOf(to.key, caKey, dir)
  const [present] = blocksIn(dir, CA.certificate)
  const [coming] = blocksIn(dir, to.certificate)
  const authority = await readAuthority(dir, { ...caKey, path: keyFile, where: keyFile }, passphrases, now, to.certificate)
  const { files, made } = await ui.step('New keys and certificates', (progress) => draftLeaves(dir, leaves(sites), { authority, days, now, progress }), (drafts) => `${drafts.made.length}`)
  const presentKey = existsSync(caKey.path) ? [{ path: from.key, text: readFileSync(caKey.path, 'utf8') }] : []
  const { inside, outside } = place([{ path: CA.key, text: readFileSync(keyFile, 'utf8') }, ...presentKey], caKey)
  return {
    change: {
      files: [...files, { path: CA.certificate, text: `${coming}${present}` }, { path: from.certificate, text: present! }, ...inside],
      dropped: [to.certificate, to.key],
      outside,
    },
    made,
    vain: caKey.setting === undefined ? [] : [keyFile],
  }
}

// The CA that signs, and beside it those of `beside`.
function trust({ dir }: Prepared, beside: readonly string[], dropped: readonly string[]): Planned {
  const text = [...blocksIn(dir, CA.certificate).slice(0, 1), ...beside.flatMap((file) => blocksIn(dir, file))].join('')
  return { change: { files: [{ path: CA.certificate, text }], dropped }, made: [], vain: [] }
}

function forget(context: Prepared): Planned {
  const { caKey, dir } = context
  return { ...trust(context, [], STAGE_FILES), vain: caKey.setting === undefined ? [] : [pathOf(NEXT.key, caKey, dir)] }
}

/** Where a key of `ca/` is: beside the CA's key, wherever that is. */
function pathOf(key: string, { path, setting }: Prepared['caKey'], dir: string): string {
  if (setting === undefined) return join(dir, key)
  return key === CA.key ? path : `${path}.${key === NEXT.key ? 'next' : 'old'}`
}

function place(keys: readonly NewFile[], caKey: Prepared['caKey']): { inside: NewFile[]; outside: NewFile[] } {
  if (caKey.setting === undefined) return { inside: [...keys], outside: [] }
  return { inside: [], outside: keys.map(({ path, text }) => ({ path: pathOf(path, caKey, ''), text })) }
}

function textOf(files: readonly NewFile[], path: string): string {
  return files.find((file) => file.path === path)!.text
}

function nextWord(stage: Stage): Word {
  return stage === 'begun' ? 'issue' : stage === 'issued' ? 'finish' : 'begin'
}

function parseWord([word, ...more]: readonly string[]): Word {
  const known = WORDS.find((each) => each === word)
  if (known && !more.length) return known
  const suggestion = word === undefined ? undefined : nearest(word, WORDS)
  throw new UsageError(`ca needs one of ${WORDS.join(', ')}${more.length ? ` alone, not also "${more[0]}"` : word === undefined ? '' : `, not "${word}"${suggestion && suggestion !== word ? `; did you mean ${suggestion}?` : ''}`}`)
}
