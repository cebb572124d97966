// A reader of the guides who does what they say, block by block, on one federation.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { until } from './fault.ts'
import type { Federation } from './federation.ts'
import { type Block, commandsOf, purposeOf, shownBy } from './guide-blocks.ts'
import { faultsOf, told } from './guide-faults.ts'
import { commandHere, endedByCtrlC, isEndless, missingLines, type Place, printedThere, runCommand } from './guide-run.ts'
import { situationsOf } from './guide-situations.ts'
import { stateOf } from './guide-state.ts'
import { onTerminal } from './terminal.ts'

/** Commands that ask on a terminal, and what is answered there. */
const DIALOGUES: readonly (readonly [RegExp, readonly (readonly [cue: string, keys: string])[]])[] = [
  [/backup\.ts .*--with-keys/, [['New passphrase for the backup: ', 'correct horse\r'], ['The same once more: ', 'correct horse\r']]],
  [/restore\.ts .*\.age\b/, [['Passphrase of ', 'correct horse\r']]],
]
/** What is answered to `command` on a terminal; undefined when it asks nothing. */
export const answersTo = (command: string) => DIALOGUES.find(([pattern]) => pattern.test(command))?.[1]

/** Commands that look, and may find the fault for which they are called. */
const LOOKS = /check-status\.ts|doctor\.ts|--check\b|openssl (?:verify|s_client)|\/opt\/flower\/health|create_connection|gethostbyname/
/** Commands after which the federation may be another. */
const CHANGES = /\b(?:start|stop|restart|up|down|rm|rotate|restore|force|build|demo)\b|gen-certs\.ts(?!.*(?:--check|verify))/
/** Commands that end well only when it is ready. */
const BRINGS_UP = /start-secure\.ts|npm run demo/
/** Commands that need no federation, or make it themselves. */
const ALONE = /gen-certs\.ts|start-secure\.ts|setup-host\.ts|npm run demo|completion\.ts/

export type Session = {
  /** Runs the commands of a block; throws when one does not end as it should. */
  run(block: Block): Promise<void>
  /** Throws when a line of the block was not printed by its commands. */
  compare(block: Block): void
  /** Applies a YAML block: an override, or a part for the compose file. */
  apply(block: Block): Promise<void>
}

/** Follows `blocks` on `federation`. Throws when a fault or a situation is of no block. */
export function openSession(federation: Federation, place: Place, blocks: readonly Block[]): Session {
  const { root, desk } = place
  const state = stateOf(federation)
  const [situations, faults] = [situationsOf(federation, desk), faultsOf(federation)]
  const tried = blocks.filter(({ language, mark }) => ['bash', 'yaml'].includes(language) && !(mark && 'notRun' in mark))
  const stray = Object.keys({ ...situations, ...faults }).filter((purpose) => !tried.some((block) => purposeOf(block) === purpose))
  assert.equal(stray, [], 'no block of the guides has this purpose')
  const printed = new Map<Block, string>()
  let at: Block | undefined
  let cwd = root

  /** Leaves what `at` was for; where the next block is another override, it takes the place of this one. */
  async function leave(next: Block): Promise<void> {
    const purpose = purposeOf(at!)
    faults[purpose]?.mend?.()
    if (!state.isAsBefore() && next.language !== 'yaml') await state.goBack()
    const undo = situations[purpose]?.undo
    if (!undo) return
    state.is('down')
    await undo()
  }

  /** Comes to `block`, where what it presumes is made. */
  async function enter(block: Block, needsFederation: boolean): Promise<void> {
    const purpose = purposeOf(block)
    const isNewSection = at?.file !== block.file || at.section !== block.section
    const isNewPurpose = isNewSection || purposeOf(at!) !== purpose
    if (at && isNewPurpose) await leave(block)
    at = block
    // By what is printed, so that a block that failed before its `cd` takes no other along.
    const before = tried.slice(0, tried.indexOf(block)).filter((each) => each.section === block.section && each.file === block.file)
    cwd = before.flatMap(commandsOf).flatMap((command) => /^cd (\S+)$/.exec(command)?.[1] ?? []).reduce((dir, to) => join(dir, to), root)
    if (isNewSection) {
      for (const name of ['home', 'backup']) {
        rmSync(join(desk, name), { recursive: true, force: true })
        mkdirSync(join(desk, name), { recursive: true })
      }
    }
    const [situation, fault] = [situations[purpose], faults[purpose]]
    if (fault ? isNewPurpose : needsFederation && !situation?.down) await state.ready()
    if (!isNewPurpose) return
    await situation?.make?.()
    if (!fault) return
    state.is('unknown')
    await fault.make()
    await told(federation, fault)
  }

  /** A block before with the same commands, which did well there; doing them once more would show nothing. */
  function twinOf(block: Block): Block | undefined {
    const commands = commandsOf(block).join('\n')
    if (!commands.includes('\n') || purposeOf(block) in { ...situations, ...faults }) return undefined
    return [...printed.keys()].find((each) => commandsOf(each).join('\n') === commands && !(purposeOf(each) in faults))
  }

  const sharing = (block: Block) => tried.filter((each) => each.section === block.section && purposeOf(each) === purposeOf(block))

  /** What follows the commands of `block`. */
  async function finish(block: Block): Promise<void> {
    const purpose = purposeOf(block)
    const blocksOfIt = sharing(block)
    if (blocksOfIt[0] === block) faults[purpose]?.mend?.()
    if (blocksOfIt.at(-1) !== block) return
    if (faults[purpose]) {
      await until(federation, ({ ready }) => ready, 90, `${purpose}: not cured`)
      state.is('ready')
    }
    await situations[purpose]?.holds?.(printed.get(block) ?? '')
  }

  async function one(command: string, expected: number, mayFind: boolean): Promise<string> {
    const here = commandHere(command, place)
    const answers = answersTo(command)
    if (answers) {
      const { code, text } = await onTerminal(here, answers, { cwd })
      assert.is(code, expected, `${here}\n${text}`)
      return text
    }
    const endless = isEndless(command)
    const ran = await runCommand(here, { cwd, env: process.env, endless })
    cwd = ran.cwd
    const isRight = endless ? endedByCtrlC(ran) : ran.code === expected || (mayFind && ran.code !== null && LOOKS.test(command))
    assert.ok(isRight, `${here}\nexit code ${ran.code} ${ran.signal ?? ''}\n${ran.output.slice(-4000)}`)
    return ran.output
  }

  return {
    async run(block) {
      const commands = commandsOf(block)
      const twin = twinOf(block)
      if (twin) return void printed.set(block, printed.get(twin)!)
      await enter(block, !commands.every((command) => ALONE.test(command)))
      if (commands.some((command) => CHANGES.test(command))) state.is('unknown')
      const expected = block.mark && 'exitCode' in block.mark ? block.mark.exitCode : 0
      const said: string[] = []
      for (const command of commands) said.push(await one(command, expected, purposeOf(block) in faults))
      printed.set(block, said.join('\n'))
      if (BRINGS_UP.test(commands.at(-1)!)) state.is('ready')
      await finish(block)
    },

    compare(block) {
      const by = shownBy(blocks, block)
      assert.ok(printed.has(by), `the commands of line ${by.line} have failed`)
      const there = printedThere(printed.get(by)!, place)
      assert.equal(missingLines(block.text, there), [], there)
    },

    async apply(block) {
      await enter(block, false)
      state.is('unknown')
      const part = /^ {2}\S/.test(block.text) && (/^ {4}command:/m.test(block.text) ? 'services' : /^ {4}ipam:/m.test(block.text) ? 'networks' : 'volumes')
      if (part) writeFileSync(state.composeFile, readFileSync(state.composeFile, 'utf8').replace(new RegExp(`^${part}:\n`, 'm'), (line) => `${line}${block.text}\n`))
      else writeFileSync(state.override, `${commandHere(block.text, place)}\n`)
      // A part alone may name what the next one brings.
      if (!part) await federation.compose('config', '--quiet')
      for (const name of situations[purposeOf(block)]?.applied ?? []) {
        const { code, stderr } = await federation.run(name)
        assert.is(code, 0, `${name}: ${stderr}`)
      }
      await finish(block)
    },
  }
}
