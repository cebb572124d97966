import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { runTs } from './lib/temp.ts'

test('node and revoke take one SuperNode and no other flags', async () => {
  const table: [string[], RegExp][] = [
    [['node'], /node needs the number of one SuperNode/],
    [['node', '0'], /not "0"/],
    [['node', '1', '2'], /not "1 2"/],
    [['revoke', 'all'], /not "all"/],
    [['revoke', '1', '--timeout', '3'], /--timeout does not go with revoke/],
    [['node', '1', '--all'], /--all does not go with node/],
    [['node', '1', '--timeout', '0'], /--timeout needs a whole number of at least 1/],
  ]
  const results = await Promise.all(table.map(([args]) => runTs(join(ROOT, 'scripts/rotate-certs.ts'), args)))
  table.forEach(([args, pattern], index) => {
    const { code, stdout, stderr } = results[index]!
    assert.equal([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, pattern, args.join(' '))
  })
})

test.run()
