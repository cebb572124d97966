// Where the kernel keeps a container's CPU time, in both versions of cgroups, and what stands there.
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cpuAccount, cpuSeconds, parseSize, readCpu } from '../bench/cgroup.ts'

test('cgroup v1: the line of the controller, nanoseconds', () => {
  const account = cpuAccount('12:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n')
  assert.equal(account, { file: '/sys/fs/cgroup/cpuacct/docker/abc/cpuacct.usage', perSecond: 1e9 })
  assert.is(cpuSeconds('2500000000\n', account), 2.5)
})

test('cgroup v2: the one line, microseconds, with either driver of Docker', () => {
  assert.is(cpuAccount('0::/docker/abc\n').file, '/sys/fs/cgroup/docker/abc/cpu.stat')
  const account = cpuAccount('0::/system.slice/docker-abc.scope\n')
  assert.is(account.file, '/sys/fs/cgroup/system.slice/docker-abc.scope/cpu.stat')
  assert.is(cpuSeconds('usage_usec 2500000\nuser_usec 1\nsystem_usec 2\n', account), 2.5)
})

test('what is no account is an error, not a zero', () => {
  assert.throws(() => cpuAccount('3:memory:/docker/abc\n'), /no cgroup keeps/)
  assert.throws(() => cpuSeconds('', { file: '', perSecond: 1e9 }), /not a cgroup/)
  assert.throws(() => cpuSeconds('user_usec 1\n', { file: '', perSecond: 1e6, field: 'usage_usec' }), /not a cgroup/)
})

test("this process's own account grows with its work", () => {
  const account = cpuAccount(readFileSync('/proc/self/cgroup', 'utf8'))
  const before = readCpu([account])
  const started = process.cpuUsage()
  for (let user = 0; user < 100_000; user = process.cpuUsage(started).user) Math.sqrt(user)
  assert.ok(readCpu([account]) - before >= 0.08)
})

test('sizes as docker stats prints them', () => {
  assert.is(parseSize('512B'), 512)
  assert.is(parseSize('48.5MiB'), 48.5 * 2 ** 20)
  assert.is(parseSize('1.25GiB'), 1.25 * 2 ** 30)
  assert.throws(() => parseSize('--'), /not a size/)
})

test.run()
