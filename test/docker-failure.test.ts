import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dockerProblem } from '../scripts/lib/docker/failure.ts'

const SOCKET = 'unix:///var/run/docker.sock'

test('each failure of docker that an operator can mend has its own id', () => {
  const table: [string, string][] = [
    [`Cannot connect to the Docker daemon at ${SOCKET}. Is the docker daemon running?`, 'docker-down'],
    [`failed to connect to the docker API at ${SOCKET}; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory`, 'docker-down'],
    ['error during connect: Get "http://gone:2375/v1.45/version": dial tcp: lookup gone: no such host', 'docker-down'],
    [`permission denied while trying to connect to the Docker daemon socket at ${SOCKET}: dial unix /var/run/docker.sock: connect: permission denied`, 'docker-denied'],
    ['permission denied while trying to connect to the docker API at unix:///run/other.sock', 'docker-denied'],
    ['Error response from daemon: client version 1.22 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version', 'docker-too-old'],
    ["docker: 'compose' is not a docker command.\nSee 'docker --help'", 'compose-missing'],
    ["unknown shorthand flag: 'f' in -f", 'compose-missing'],
    ["unknown flag: --project-directory\nSee 'docker --help'.", 'compose-missing'],
    ['write /var/lib/docker/tmp/x: no space left on device', 'disk-full'],
    ['Error response from daemon: driver failed programming external connectivity: Bind for 127.0.0.1:9093 failed: port is already allocated', 'port-taken'],
    ['Error response from daemon: failed to bind host port: listen tcp4 0.0.0.0:9092: bind: address already in use', 'port-taken'],
    ['Error response from daemon: Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host', 'registry-unreachable'],
    ['ERROR: failed to solve: debian:trixie-slim: failed to resolve source metadata: dial tcp: lookup registry.example: no such host', 'registry-unreachable'],
    ['Error response from daemon: No such container: x', 'docker-failed'],
    ['', 'docker-failed'],
  ]
  for (const [stderr, id] of table) assert.is(dockerProblem(['up'], { exitCode: 1, stderr }).id, id, stderr)
})

test('a command that is not found is told by its exit code', () => {
  assert.is(dockerProblem(['ps'], { exitCode: 127, stderr: 'bash: docker: command not found' }).id, 'docker-missing')
})

test('a taken port is named, with the command that shows its holder', () => {
  const { where, fix } = dockerProblem(['up'], { exitCode: 1, stderr: 'Bind for 127.0.0.1:9093 failed: port is already allocated' })
  assert.is(where, '127.0.0.1:9093')
  assert.match(fix, 'sport = :9093')
})

test('a failure without words names the command and its exit code', () => {
  const { where, what } = dockerProblem(['compose', 'up'], { exitCode: 3, stderr: '' })
  assert.equal([where, what], ['docker compose up', 'exit code 3'])
})

test('of many lines the last ones are the evidence', () => {
  const stderr = Array.from({ length: 50 }, (_, index) => `line ${index}`).join('\n')
  assert.is(dockerProblem(['x'], { exitCode: 1, stderr }).what.split('\n').at(0), 'line 38')
})

test.run()
