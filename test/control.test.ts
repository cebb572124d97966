import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { controlArgs, messageOf, refusal, runIdOf } from '../scripts/lib/flower/control.ts'
import { ProblemError } from '../scripts/lib/problem.ts'
import { sampleDeployment } from './lib/deployment.ts'

const args = controlArgs(sampleDeployment(), 'flower-superlink-cli-1', ['run', 'rounds=1'], '/srv/fl/certificates/ca/ca.crt')
const valuesOf = (flag: string) => args.flatMap((argument, index) => (argument === flag ? [args[index + 1]] : []))
const accepted = '{\n  "success": true,\n  "run-id": 17301469567876481917,\n  "fab-id": "a/b"\n}\n'
const refused = (reason: string, message: string) => JSON.stringify({ success: false, reason, 'error-message': message })

test('the one-shot container is as hardened as the deployment and leaves nothing behind', () => {
  const line = args.join(' ')
  for (const part of ['run --rm --interactive --init', '--read-only', '--cap-drop ALL', '--security-opt no-new-privileges', '--user 49999:49999', '--log-driver none', '--memory 512m --memory-swap 512m', '--pids-limit 128', '--pull never']) {
    assert.ok(line.includes(part), part)
  }
})

test('it is on the control network alone and mounts the CA certificate alone, read-only', () => {
  assert.equal(valuesOf('--network'), ['flower-control-network'])
  assert.equal(valuesOf('--mount'), ['type=bind,source=/srv/fl/certificates/ca/ca.crt,target=/app/certificates/ca/ca.crt,readonly'])
  assert.not.ok(args.some((argument) => argument === '-v' || argument === '--volume' || argument === '--privileged'))
})

test('it runs the SuperLink\'s own image and is labelled as this deployment\'s, not as one of its services', () => {
  assert.equal(args.slice(-7), ['--entrypoint', '/opt/venv/bin/python', 'flower-fl/superlink:1.22.0', '-I', '/opt/flower/control.py', 'run', 'rounds=1'])
  assert.equal(valuesOf('--label'), ['com.docker.compose.project=flower-fl', 'com.docker.compose.oneoff=True', 'com.docker.compose.service=flwr'])
})

test('a path with a comma stays one field of --mount', () => {
  const mount = controlArgs(sampleDeployment(), 'x', ['stop', '1'], '/a,b/"c"/ca.crt')
  assert.ok(mount.includes('type=bind,"source=/a,b/""c""/ca.crt",target=/app/certificates/ca/ca.crt,readonly'))
})

test('a compose file without a control network is a problem, not a defect', () => {
  const deployment = { ...sampleDeployment(), networks: [] }
  assert.throws(() => controlArgs(deployment, 'x', []), (failure: unknown) => failure instanceof ProblemError && failure.problems[0]!.id === 'compose-invalid')
})

test('a run id keeps all of its 64 bits', () => {
  assert.is(runIdOf(accepted), '17301469567876481917')
  assert.is(runIdOf('{"success":true,"run-id":"18446744073709551615"}'), '18446744073709551615')
  assert.is(runIdOf('something printed before\n{"success": true, "run-id": 7}'), '7')
})

test('success is what the JSON says, not that there is a number', () => {
  assert.is(runIdOf('{"success": false, "run-id": 7, "error-message": "no"}'), undefined)
  assert.is(runIdOf('Traceback (most recent call last):\n'), undefined)
  assert.is(runIdOf(''), undefined)
})

test('what the CLI said is one line, without its progress', () => {
  assert.is(messageOf('{"success": false, "error-message": "Loading project configuration... \\nSuccess\\n Stopping run ID 123...\\n Run ID not found.\\n\\n"}'), 'Run ID not found.')
  assert.is(messageOf('Killed'), 'Killed')
  assert.is(messageOf(''), 'Flower gave no reason')
})

test('each refusal has its own problem', () => {
  assert.is(refusal(refused('app-invalid', 'no module'), '/app').id, 'app-invalid')
  assert.is(refusal(refused('run-config-invalid', 'no setting x'), '/app').where, '--run-config')
  assert.is(refusal('{"success": false, "error-message": "FAB size exceeds maximum allowed size of 10 bytes."}', '/app').id, 'app-too-large')
  assert.is(refusal('{"success": false, "error-message": "Project configuration could not be loaded.\\npyproject.toml is invalid:\\n- Missing [project]"}', '/app').id, 'app-invalid')
  const other = refusal('{"success": false, "error-message": "Connection refused"}', '/app')
  assert.equal([other.id, other.what], ['submit-failed', 'Connection refused'])
})

test.run()
