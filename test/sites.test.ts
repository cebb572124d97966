// More sites in the deployment's own compose file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { withSites } from './lib/sites.ts'

const COMPOSE = readFileSync(join(ROOT, 'compose/docker-compose.yml'), 'utf8')

test('two sites are the file itself', () => assert.is(withSites(COMPOSE, 2), COMPOSE))

test('each further site has its own services, network, volumes, port and partition, once', () => {
  const text = withSites(COMPOSE, 12)
  for (let site = 1; site <= 12; site++) {
    const once = [
      `\n  supernode-${site}:\n`, `\n  superexec-clientapp-${site}:\n`, `\n  clientapp-${site}-network:\n`, `\n  supernode${site}-data: `, `\n  supernode${site}-cache: `,
      `TUNNEL_ACCEPT: supernode-${site}-appio:${9093 + site}\n`, `partition-id=${site - 1} num-partitions`, `}.${site}.0/24`, `target: /app/certificates/auth/supernode-${site},`, `target: /app/certificates/superexec/clientapp-${site}.key,`,
    ]
    for (const part of once) assert.is(text.split(part).length, 2, part)
  }
  assert.not.match(text, 'supernode-13')
})

test('a file without a second site is refused', () => assert.throws(() => withSites('services:\n', 3), /has no/))

test.run()
