// Looks for the causes of what is wrong, from the host up to Flower.
import { resolve } from 'node:path'
import type { Command, Flag } from './lib/cli/command.ts'
import { nearest } from './lib/cli/nearest.ts'
import { paintFor } from './lib/cli/paint.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { collectBundle } from './lib/doctor/bundle/collect.ts'
import { writeBundle } from './lib/doctor/bundle/write.ts'
import { AREAS, type Area } from './lib/doctor/check.ts'
import { diagnose } from './lib/doctor/diagnose.ts'
import { renderDoctor } from './lib/doctor/document.ts'
import { gatherFacts } from './lib/doctor/facts.ts'
import { jsonText } from './lib/documents.ts'
import { UsageError } from './lib/problem.ts'

const COMMAND = {
  name: 'doctor.ts',
  summary: 'Makes every check there is, on the host, the images, the containers, the network, TLS and Flower, and names causes.',
  usage: [''],
  flags: {
    only: { type: 'list', value: 'AREA', help: `make only the checks of this area (repeatable): ${AREAS.join(', ')}` },
    bundle: { type: 'string', value: 'FILE.tar.gz', help: 'write a support archive too, without secrets: versions, status, findings, inspections, compose file, logs' },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['', 'every check'],
    ['--only host --only certificates', 'what needs no Docker, and what Docker needs'],
    ['--bundle support.tar.gz', 'what to send to whoever is to help'],
    ['--json', 'for scripts: exit code 0 when there is no error'],
  ],
  documents: ['doctor'],
  exitCodes: { 0: 'no error was found (warnings may be)', 1: 'something is wrong: it is named' },
} as const satisfies Command<Record<string, Flag>>

export const doctor = script(COMMAND, async ({ flags, ui, signal }) => {
  const areas = flags.only.map(areaOf)
  const { bundle } = flags
  if (bundle !== undefined && areas.length > 0) throw new UsageError('--bundle goes without --only: whoever is to help needs all of it')
  if (bundle !== undefined && !/\.(?:tar\.gz|tgz)$/.test(bundle)) throw new UsageError(`--bundle writes a compressed archive: name it ….tar.gz, not "${bundle}"`)
  const facts = gatherFacts(signal)
  const document = await ui.step('Every check is made', () => diagnose(facts, areas.length > 0 ? areas : AREAS), ({ checks }) => `${checks.filter(({ state }) => state !== 'skipped').length} of ${checks.length}`)
  if (bundle !== undefined) {
    await ui.step('The support archive is written', async () => {
      const found = await collectBundle(facts, document)
      writeBundle(bundle, found)
      return found
    }, ({ length }) => `${length} files in ${resolve(bundle)}, without secrets; look through it before you send it`)
  }
  ui.print(flags.json ? jsonText('doctor', document) : renderDoctor(document, paintFor(process.stdout)))
  return document.ok ? 0 : 1
})

function areaOf(word: string): Area {
  const area = AREAS.find((each) => each === word)
  if (area) return area
  const suggestion = nearest(word, AREAS)
  throw new UsageError(`there is no area "${word}"${suggestion ? `; did you mean ${suggestion}?` : `: ${AREAS.join(', ')}`}`)
}

await runIfMain(import.meta, doctor)
