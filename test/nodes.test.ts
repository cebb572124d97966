import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { matchNodes, namesById } from '../scripts/lib/flower/nodes.ts'
import type { SuperlinkState } from '../scripts/lib/flower/superlink-state.ts'

// Public keys of a federation that has long ended, as its SuperLink kept them and as the files held them.
const STORED = [
  '-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEzJJZfYL9n0/aP6YlNbS1kON7ORSophZV\nEllVLBgIzzxttDhNH3H/wNnMUA5delcTREwfFuri185WqTx8H7kQ6LiI+deZwNZb\nn55dNxhj2xLK8ovEV0VNJ1H67qwPa/xK\n-----END PUBLIC KEY-----\n',
  '-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAESGPM1sp51DGkj1Zta57lLGDseWHtFRd4\nbAI+Jm8rKHKNnsNb8ibt4UgzLcbLEemjBxtcg0M6OofORaNc3jQb8zMsYBJ80rO9\nmA065RCegVfpE3HDS+J+wH26JVv7eHXE\n-----END PUBLIC KEY-----\n',
] as const
const LINES = new Map([
  [1, 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBMySWX2C/Z9P2j+mJTW0tZDjezkUqKYWVRJZVSwYCM88bbQ4TR9x/8DZzFAOXXpXE0RMHxbq4tfOVqk8fB+5EOi4iPnXmcDWW5+eXTcYY9sSyvKLxFdFTSdR+u6sD2v8Sg== \n'],
  [2, 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBEhjzNbKedQxpI9WbWue5Sxg7Hlh7RUXeGwCPiZvKyhyjZ7DW/Im7eFIMy3GyxHpowcbXINDOjqHzkWjXN40G/MzLGASfNKzvZgNOuUQnoFX6RNxw0vifsB9uiVb+3h1xA== \n'],
])
const NOW = 1795487805.3410287
const node = (nodeId: string, index: 0 | 1, seconds: number) => ({ nodeId, onlineUntil: NOW + seconds, onlineSince: null as number | null, publicKey: STORED[index] })
const state = (...nodes: SuperlinkState['nodes']): SuperlinkState => ({ now: NOW, nodes, runs: [], logs: {} })

test('a SuperNode is told by its key, in whatever order the SuperLink lists them', () => {
  assert.equal(matchNodes([1, 2], LINES, state(node('12110496378641032362', 1, 44.3), node('13920032856743116530', 0, 56.2))), [
    { name: 'supernode-1', nodeId: '13920032856743116530', online: true, onlineSince: null },
    { name: 'supernode-2', nodeId: '12110496378641032362', online: true, onlineSince: null },
  ])
})

test('a node id has the name of its SuperNode where the SuperLink knows it', () => {
  const matched = matchNodes([1, 2], LINES, state(node('12110496378641032362', 1, 44.3)))
  assert.equal([...namesById(matched)], [['12110496378641032362', 'supernode-2']])
})

test('it is online until its heartbeat\'s promise has passed by the SuperLink\'s own clock', () => {
  assert.equal(matchNodes([1], LINES, state(node('7', 0, 0.001))).map(({ online }) => online), [true])
  assert.equal(matchNodes([1], LINES, state(node('7', 0, 0))), [{ name: 'supernode-1', nodeId: '7', online: false, onlineSince: null }])
  assert.equal(matchNodes([1], LINES, state(node('7', 0, -1))), [{ name: 'supernode-1', nodeId: '7', online: false, onlineSince: null }])
})

test('since when it is online is the SuperLink\'s word, and of no interest once it is not', () => {
  const since = (seconds: number) => matchNodes([1], LINES, state({ ...node('7', 0, seconds), onlineSince: NOW - 60 }))[0]!.onlineSince
  assert.is(since(10), new Date((NOW - 60) * 1000).toISOString())
  assert.is(since(-1), null)
})

test('of several entries with its key the one that is online longest counts', () => {
  for (const nodes of [[node('old', 0, -90), node('new', 0, 30)], [node('new', 0, 30), node('old', 0, -90)]]) {
    assert.equal(matchNodes([1], LINES, state(...nodes)), [{ name: 'supernode-1', nodeId: 'new', online: true, onlineSince: null }])
  }
})

test('a SuperNode that the SuperLink does not know, or another\'s key, is not online', () => {
  const unknown = [{ name: 'supernode-1', nodeId: null, online: false, onlineSince: null }]
  assert.equal(matchNodes([1], LINES, state(node('12110496378641032362', 1, 44.3))), unknown)
  assert.equal(matchNodes([1], LINES, state()), unknown)
  assert.equal(matchNodes([1], LINES, undefined), unknown)
  assert.equal(matchNodes([1], new Map(), state(node('13920032856743116530', 0, 30))), unknown)
  assert.equal(matchNodes([1], LINES, state({ ...node('7', 0, 30), publicKey: '' })), unknown)
})

test('a key file that is empty or garbled makes its SuperNode unknown and nothing else', () => {
  for (const garbled of ['', 'ssh-ed25519 AAAA', LINES.get(1)!.slice(0, 60), 'ecdsa-sha2-nistp384 !!!']) {
    const nodes = matchNodes([1, 2], new Map([...LINES, [1, garbled]]), state(node('1', 0, 30), node('2', 1, 30)))
    assert.equal(nodes.map(({ nodeId }) => nodeId), [null, '2'], garbled)
  }
})

test.run()
