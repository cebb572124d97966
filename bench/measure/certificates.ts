// gen-certs.ts: the full set for 2 and for 100 SuperNodes, beside the keys alone, and --check of the 100.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/paths.ts'
import { newKey } from '../../scripts/lib/tls/issue.ts'
import { leaves } from '../../scripts/lib/tls/layout.ts'
import { withCheckout } from '../../test/lib/checkout.ts'
import { withSites } from '../../test/lib/sites.ts'
import { runTs } from '../../test/lib/temp.ts'
import { must, repeat, seconds, type Setting, showSeconds } from '../setting.ts'

const COMPOSE_FILE = 'compose/docker-compose.yml'
const MANY = 100

/** Seconds, a value for each repetition; of the many sites there is one, since it takes a minute. */
export type Certificates = { few: number[]; many: number; keysAlone: number; check: number[] }

/** In a checkout of its own: a federation that runs is not touched. */
export async function measureCertificates(setting: Pick<Setting, 'runs' | 'ui' | 'signal'>): Promise<Certificates> {
  const { ui } = setting
  let result: Certificates | undefined
  await withCheckout(async (root, env) => {
    const generate = (...args: string[]) => seconds(() => must(runTs(join(root, 'scripts/gen-certs.ts'), args, { cwd: '/', env })))
    const anew = () => {
      rmSync(join(root, 'certificates'), { recursive: true })
      return generate()
    }
    const few = await repeat(setting, () => ui.step('Certificates and keys for 2 SuperNodes', anew, showSeconds))
    writeFileSync(join(root, COMPOSE_FILE), withSites(readFileSync(join(ROOT, COMPOSE_FILE), 'utf8'), MANY))
    // The CA and every leaf have one; SuperNodes' EC keys take a millisecond.
    const count = 1 + leaves(Array.from({ length: MANY }, (_, index) => index + 1)).length
    const keysAlone = await ui.step(`${count} RSA keys alone`, () => seconds(() => Promise.all(Array.from({ length: count }, newKey))), showSeconds)
    const many = await ui.step(`Certificates and keys for ${MANY} SuperNodes`, anew, showSeconds)
    const check = await repeat(setting, () => ui.step(`Checking those of ${MANY} SuperNodes`, () => generate('--check'), showSeconds))
    result = { few, many, keysAlone, check }
  })
  return result!
}
