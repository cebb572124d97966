// Makes, checks and replaces the federation's certificates and keys.
import { type Command, type Flag, wholeNumber } from './lib/cli/command.ts'
import { bar } from './lib/cli/bar.ts'
import { type Call, runIfMain, script } from './lib/cli/run.ts'
import { columns } from './lib/cli/table.ts'
import type { Ui } from './lib/cli/ui.ts'
import { expectedParts } from './lib/deployment.ts'
import { jsonText } from './lib/documents.ts'
import { readEnvFile } from './lib/env-file.ts'
import { withLock } from './lib/lock.ts'
import { CERTIFICATES_DIR, ENV_FILE } from './lib/paths.ts'
import { formatProblem, type Problem, ProblemError } from './lib/problem.ts'
import { refuseStray } from './lib/join/arguments.ts'
import { SITE_WORDS, siteProblem } from './lib/join/words.ts'
import { parseCaDays, parseTarget, refuseFlags, refuseMaking } from './lib/tls/arguments.ts'
import { caKeyOf } from './lib/tls/ca-key.ts'
import { checkCertificateSet } from './lib/tls/certificate-set.ts'
import { CA_DAYS, LEAF_DAYS } from './lib/tls/issue.ts'
import { makeCertificates, type Outcome } from './lib/tls/make.ts'
import { givenPassphrases, unusedNotes } from './lib/tls/passphrase-flags.ts'
import { handOver } from './lib/tls/permissions.ts'
import { parseNames } from './lib/tls/server-names.ts'
import { parseVerify, verifyFile } from './lib/tls/verify.ts'

const FLAGS = {
  check: { type: 'boolean', help: 'change nothing; exit 1 when something is due or wrong' },
  force: { type: 'boolean', help: 'replace what is named (everything without a name); a new CA replaces what the old one signed' },
  days: { type: 'string', value: 'N', help: `lifetime of new certificates but the CA's, ${LEAF_DAYS} by default` },
  'ca-days': { type: 'string', value: 'N', help: `lifetime of a new CA, ${CA_DAYS} by default` },
  san: { type: 'list', value: 'NAME', help: 'one more DNS name or IP address for the server (repeatable); renewals keep it' },
  passphrase: { type: 'boolean', help: "encrypt a new CA's key, with a passphrase that is asked for on the terminal" },
  'passphrase-file': { type: 'string', value: 'FILE', help: "the CA key's passphrase is the first line of FILE; a new CA's key is encrypted with it" },
  ca: { type: 'string', value: 'FILE', help: 'verify: the CA certificates to trust' },
  intermediates: { type: 'string', value: 'FILE', help: 'verify: CA certificates between those and the leaf' },
  purpose: { type: 'string', value: 'server|client', help: 'verify: what the certificate is for, server by default' },
  name: { type: 'string', value: 'DNS-OR-IP', help: 'verify: the name that a peer would demand' },
  at: { type: 'string', value: 'ISO-TIME', help: 'verify: the time of the check, now by default' },
  out: { type: 'string', value: 'FILE', help: 'request, sign: where to write the request, or the kit' },
  fingerprint: { type: 'string', value: 'SHA256', help: "join: of the CA's certificate, as the coordinator says it; sign: of the node key, as the site says it" },
  superlink: { type: 'string', value: 'HOST:PORT', help: 'sign: where the site reaches the SuperLink; worked out from FLEET_PUBLISH by default' },
  json: { type: 'boolean', help: 'print one JSON document' },
} as const satisfies Record<string, Flag>

const COMMAND: Command<typeof FLAGS> = {
  name: 'gen-certs.ts',
  summary: 'Makes the certificates and keys that are missing, checks them, and replaces them on demand.',
  usage: ['', 'ca', 'server', 'client N', '--check', 'verify LEAF --ca FILE', 'request NAME --out FILE', 'sign FILE --out KIT', 'join KIT --fingerprint SHA256'],
  flags: FLAGS,
  maxPositionals: 3,
  examples: [
    ['', 'make all that is missing for the SuperNodes of the compose file'],
    ['client 3', 'make all that site 3 needs'],
    ['--check', 'say what is due or wrong'],
    ['server --force --san fl.example.org', 'replace the server certificate, with one more name'],
    ['ca --passphrase', 'make a CA whose key is encrypted'],
    ['client 3 --passphrase-file ~/ca.pass', 'issue with an encrypted CA key, without a question'],
    ['verify server.crt --ca ca.crt --name superlink', 'check any certificate'],
    ['request supernode-3 --out request.json', "on another machine: make that SuperNode's keys, and ask for certificates"],
    ['sign request.json --out kit.json', 'on the coordinator: check the request, and answer it'],
    ['join kit.json --fingerprint AB:CD:…', 'on the other machine: install what came back'],
  ],
  documents: ['certificates-made', 'certificates-checked', 'certificate-verified', 'site-requested', 'site-signed', 'site-joined'],
  exitCodes: { 0: 'done, or nothing wrong', 1: 'something is due or wrong, or could not be made' },
}

async function main({ flags, positionals, ui, signal }: Call<typeof FLAGS>): Promise<number> {
  const [word = '', ...words] = positionals
  if (Object.hasOwn(SITE_WORDS, word)) {
    refuseStray(word, flags)
    return SITE_WORDS[word]!(words, { flags, ui, signal })
  }
  if (word === 'verify') {
    refuseMaking(flags)
    const problems = await verifyFile(parseVerify(words, flags))
    return report(ui, problems, jsonText('certificate-verified', { ok: problems.length === 0, problems }), 'the certificate holds')
  }
  const target = parseTarget(positionals)
  refuseFlags(target, flags, flags)
  const days = wholeNumber('days', flags.days, 1) ?? LEAF_DAYS
  const caDays = parseCaDays(flags['ca-days'])
  const san = parseNames(flags.san)
  const { sites, superlink } = await expectedParts()
  const dir = CERTIFICATES_DIR
  const caKey = caKeyOf(dir, process.env, readEnvFile(ENV_FILE))
  if (flags.check) {
    const { certificates, problems } = await ui.quietly('Checking certificates and keys', () => checkCertificateSet({ dir, sites, superlink, caKey }))
    const rows = certificates.map(({ file, status, notAfter, daysLeft }) => [status, file, notAfter ? `until ${notAfter.slice(0, 10)} (${daysLeft} days)` : ''])
    if (!ui.json) columns(rows, '', ui.width).forEach(ui.print)
    return report(ui, problems, jsonText('certificates-checked', { ok: problems.length === 0, certificates, problems }), 'nothing is due or wrong')
  }
  if (!superlink) throw new ProblemError(siteProblem(sites[0]))
  const passphrases = await givenPassphrases(flags, ui, signal)
  const make = (progress: (text: string) => void) => withLock('gen-certs', async () => {
    const onKey = (done: number, total: number) => progress(bar(done, total))
    const outcome = await makeCertificates({ dir, caKey, passphrases, target, sites, force: flags.force, days, caDays, san, signal, onKey })
    return { ...outcome, notes: [...outcome.notes, ...unusedNotes(flags, passphrases), ...(await handOver(dir, signal))] }
  })
  printOutcome(ui, await ui.step('certificates and keys', make, ({ made, kept }) => `${made.length} made, ${kept.length} kept`))
  return 0
}

function report(ui: Ui, problems: readonly Problem[], document: string, good: string): number {
  if (ui.json) ui.print(document)
  else ui.print(problems.map(formatProblem).join('\n') || good)
  return problems.length === 0 ? 0 : 1
}

function printOutcome(ui: Ui, { made, kept, notes }: Outcome): void {
  if (ui.json) return ui.print(jsonText('certificates-made', { ok: true, made, kept, notes }))
  const rows = [
    ...made.map(({ file, names, notAfter }) => ['made', file, notAfter ? `until ${notAfter.slice(0, 10)}` : '', names.join(', ')]),
    ...kept.map((file) => ['kept', file, '', '']),
  ]
  for (const line of [...columns(rows, '', ui.width), ...notes]) ui.print(line)
}

export const genCerts = script(COMMAND, main)

await runIfMain(import.meta, genCerts)
