// gen-certs' words for sites that make their own keys: request, sign, join.
import { quoted } from '../cli/quoted.ts'
import type { Ui } from '../cli/ui.ts'
import { expectedParts } from '../deployment.ts'
import { jsonText } from '../documents.ts'
import { readEnvFile } from '../env-file.ts'
import { changeLiveKeys, runningSuperlink } from '../flower/live-keys.ts'
import { withLock } from '../lock.ts'
import { CERTIFICATES_DIR, ENV_FILE } from '../paths.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { caKeyOf } from '../tls/ca-key.ts'
import { MAKE } from '../tls/layout.ts'
import { givenPassphrases } from '../tls/passphrase-flags.ts'
import { handOver } from '../tls/permissions.ts'
import { sshFingerprint } from '../tls/ssh-key.ts'
import { parseJoin, parseRequest, parseSign, type SiteFlags } from './arguments.ts'
import { askForKit } from './ask.ts'
import { writeDocument } from './document.ts'
import { joinWithKit } from './install.ts'
import { dropPending } from './pending.ts'
import { requestText } from './request.ts'
import { isCoordinator, type Signed, signRequest } from './sign.ts'
import { writeSite } from './site.ts'

type SiteCall = { flags: SiteFlags & { passphrase: boolean; 'passphrase-file': string | undefined }; ui: Ui; signal: AbortSignal }

/** `request NAME --out FILE`. */
async function request(words: readonly string[], { flags, ui, signal }: SiteCall): Promise<number> {
  const { site, out, force } = parseRequest(words, flags)
  const made = await withLock('gen-certs', () => ui.step(`keys and request of supernode-${site}`, async () => {
    const asked = await askForKit({ dir: CERTIFICATES_DIR, site, force })
    signal.throwIfAborted()
    writeDocument('request', out, requestText(asked))
    return asked
  }))
  const fingerprint = sshFingerprint(made.nodeKey)
  if (ui.json) ui.print(jsonText('site-requested', { ok: true, name: made.name, id: made.id, file: out, fingerprint }))
  else for (const line of [`send  ${out}`, `say   ${fingerprint}`, 'The private keys stay here. Send the file to the coordinator, and tell the fingerprint by another way (telephone).']) ui.print(line)
  return 0
}

/** `sign FILE --out KIT`. */
async function sign(words: readonly string[], { flags, ui, signal }: SiteCall): Promise<number> {
  const { file, out, days, fingerprint, superlink, force } = parseSign(words, flags)
  if (!isCoordinator(CERTIFICATES_DIR)) throw new ProblemError(error('certificate-missing', 'certificates', 'there is no CA with a SuperLink here that a site could join', MAKE))
  const settings = readEnvFile(ENV_FILE)
  const { sites } = await expectedParts()
  const passphrases = await givenPassphrases(flags, ui, signal)
  const { signed, live } = await withLock('gen-certs', async () => {
    const signed = await ui.step(`the request in ${file}`, () => signRequest({
      dir: CERTIFICATES_DIR, file, out, caKey: caKeyOf(CERTIFICATES_DIR, process.env, settings), passphrases, sites, days, fingerprint, superlink, force,
      published: process.env['FLEET_PUBLISH'] || settings['FLEET_PUBLISH'] || '127.0.0.1:9092',
    }), ({ kit }) => `signed for ${kit.name}`)
    await handOver(CERTIFICATES_DIR, signal)
    return { signed, live: await tellSuperlink(signed, signal) }
  })
  const { kit, notAfter } = signed
  const join = `${MAKE} join ${quoted(out)} --fingerprint ${kit.caFingerprint}`
  if (ui.json) ui.print(jsonText('site-signed', { ok: true, name: kit.name, file: out, superlink: kit.superlink, caFingerprint: kit.caFingerprint, nodeKey: sshFingerprint(kit.nodeKey), notAfter, live: live === undefined }))
  else {
    const lines = [
      `kit   ${out}: ${kit.name} at ${kit.superlink}, until ${notAfter.slice(0, 10)}`, `key   ${sshFingerprint(kit.nodeKey)}; the site must read out the same`, `say   ${kit.caFingerprint}`,
      live ?? `The SuperLink admits ${kit.name} from now on.`, `Send the kit to the site, and tell the CA's fingerprint by another way. The site then calls: ${join}`,
    ]
    lines.forEach(ui.print)
  }
  return 0
}

/** `join KIT --fingerprint SHA256`. */
async function join(words: readonly string[], { flags, ui, signal }: SiteCall): Promise<number> {
  const { file, fingerprint } = parseJoin(words, flags)
  const { kit, files } = await withLock('gen-certs', () => ui.step(`the kit in ${file}`, async () => {
    const joined = await joinWithKit({ dir: CERTIFICATES_DIR, file, fingerprint })
    await handOver(CERTIFICATES_DIR, signal)
    writeSite(joined.site, joined.kit)
    dropPending(CERTIFICATES_DIR, joined.kit.name)
    return joined
  }, ({ files }) => (files.length ? `${files.length} files installed` : 'installed before')))
  const next = 'npx tsx scripts/start-secure.ts'
  if (ui.json) ui.print(jsonText('site-joined', { ok: true, name: kit.name, superlink: kit.superlink, files: files.map((path) => `certificates/${path}`) }))
  else for (const line of [...files.map((path) => `certificates/${path}`), `${kit.name} belongs to the federation of the SuperLink at ${kit.superlink}. Start it: ${next}`]) ui.print(line)
  return 0
}

// Undefined when the running SuperLink knows; else a sentence that says when it will.
async function tellSuperlink({ kit, replaced }: Signed, signal: AbortSignal): Promise<string | undefined> {
  try {
    const container = await runningSuperlink(signal)
    if (container === undefined) return `The SuperLink does not run; it admits ${kit.name} from its next start on.`
    await changeLiveKeys(container, 'admit', [kit.nodeKey], signal)
    await changeLiveKeys(container, 'revoke', replaced, signal)
    return undefined
  } catch (failure) {
    if (!(failure instanceof ProblemError)) throw failure
    return `A running SuperLink admits ${kit.name} from its next start on (npx tsx scripts/start-secure.ts): ${failure.problems[0]!.what}`
  }
}

/** The problem of making certificates on site `site`. */
export function siteProblem(site: number | undefined): Problem {
  const what = 'this is a site of a federation whose CA is elsewhere, and it makes no certificates itself'
  return error('site-without-superlink', 'certificates', what, `${MAKE} request supernode-${site ?? 'N'} --out FILE, have the coordinator sign that, and join with its kit`)
}

/** By their words. */
export const SITE_WORDS: Readonly<Record<string, (words: readonly string[], call: SiteCall) => Promise<number>>> = { request, sign, join }
