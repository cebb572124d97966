// README.md and DEPLOYMENT.md as a reader would follow them: every block of commands in order on one real federation, what
// they show compared with what was printed, examples of files tried, and each case of Troubleshooting produced and cured.
// `npm test` has time for what a new user does and for what somebody in trouble does; `npm run test:guide` does all of it.
// GUIDE_PART='Manual|Volume issues' tries only the sections and headings that match, for whoever works on one of them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import { CONTROL_PORT, FLEET_PORT, NAME, newFederation, PREFIXES } from '../lib/federation.ts'
import { type Block, commandsOf, guideBlocks, nameOf, purposeOf, shownBy } from '../lib/guide-blocks.ts'
import type { Place } from '../lib/guide-run.ts'
import { answersTo, openSession } from '../lib/guide-session.ts'
import { projectWith } from '../lib/guide-state.ts'
import { skip } from '../lib/skip.ts'
import { noTerminal } from '../lib/terminal.ts'

const federation = await newFederation()
const { root } = federation
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const blocks = ['README.md', 'DEPLOYMENT.md'].flatMap((file) => guideBlocks(file, read(file)))
const settings = readEnvFile(join(root, 'compose/.env'))
// What the guide writes into compose/.env would come after a developer's own environment.
for (const name of [...Object.keys(settings), 'COMPOSE_FILE', 'COMPOSE_PROJECT_NAME']) delete process.env[name]

const isRoot = process.getuid!() === 0
const place: Place = {
  root, desk: mkdtempSync(join(tmpdir(), 'secure-flower-desk-')), name: NAME, ports: { fleet: FLEET_PORT, control: CONTROL_PORT }, prefixes: PREFIXES,
  baseImage: settings['BASE_IMAGE']!, isRoot,
}
const session = openSession(federation, place, blocks)

/** Why `block` cannot be tried here; undefined when it can. */
function whyNot(block: Block): string | undefined {
  if (block.mark && 'notRun' in block.mark) return block.mark.notRun
  if (block.language === '') return whyNot(shownBy(blocks, block)) && 'its commands are not run'
  if (block.language !== 'bash') return undefined
  const commands = commandsOf(block)
  if (!isRoot && commands.some((command) => command.startsWith('sudo '))) return 'needs root'
  return commands.some(answersTo) ? noTerminal : undefined
}

const KINDS: Readonly<Record<string, (block: Block) => Promise<void> | void>> = {
  bash: session.run,
  '': session.compare,
  yaml: session.apply,
  // Comments of the file between its tables are not shown.
  toml: ({ text }) => assert.equal(text.split('\n\n').filter((part) => !read('pyproject.toml').includes(part)), [], 'not in pyproject.toml'),
  ini: async ({ text }) => assert.is(await projectWith(text, root), 'trial-fl'),
}

const part = process.env['GUIDE_PART'] ?? '^(?:Two commands|What you see|Quick start|Troubleshooting|Manual operations): '
const chosen = blocks.filter((block) => new RegExp(part).test(`${block.section}: ${purposeOf(block)}`))
if (chosen.length < blocks.length) skip(test, `the other ${blocks.length - chosen.length} blocks of the guides`, 'ten minutes more: npm run test:guide')

for (const block of chosen) {
  const [reason, attempt] = [whyNot(block), KINDS[block.language]]
  if (reason !== undefined) skip(test, nameOf(block), reason)
  else if (attempt) test(nameOf(block), async () => {
    const began = performance.now()
    try {
      await attempt(block)
    } catch (failure) {
      // uvu tells of it at the end of the file.
      process.stderr.write(`  ${(failure as Error).message}\n`)
      throw failure
    } finally {
      process.stderr.write(`  ${nameOf(block)}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`)
    }
  })
}

test('nothing of the test is left', async () => {
  await federation.remove()
  rmSync(place.desk, { recursive: true })
})

test.run()
