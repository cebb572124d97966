// Renews certificates and keys of a running federation.
import type { Command } from './lib/cli/command.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { FLAGS, OPERATIONS } from './lib/rotate/operations.ts'
import { UsageError } from './lib/problem.ts'
import { renew } from './lib/rotate/renew.ts'

const COMMAND: Command<typeof FLAGS> = {
  name: 'rotate-certs.ts',
  summary: 'Renews certificates and keys while the federation runs, and rolls back by itself when the new ones do not come up.',
  usage: ['', 'NAME…', '--all', '--undo', 'ca begin|issue|finish|undo', 'node N', 'revoke N'],
  flags: FLAGS,
  maxPositionals: 100,
  examples: [
    ['', 'renew what is due'],
    ['server supernode-1', 'renew these, due or not'],
    ['--all', 'renew every certificate'],
    ['--undo', 'go back to the set before'],
    ['ca begin', 'start to replace the CA: everyone trusts the new one beside the old one'],
    ['node 2', "replace SuperNode 2's key"],
    ['revoke 2', 'shut SuperNode 2 out at once'],
  ],
  documents: ['rotated', 'node-key-replaced', 'node-revoked'],
  exitCodes: { 0: 'done, or nothing is due', 1: 'it could not be done, and it says what is in force; or the CA is due, which only `ca begin` renews' },
}

export const rotateCerts = script(COMMAND, async (call) => {
  const [word = '', ...words] = call.positionals
  const operation = Object.hasOwn(OPERATIONS, word) ? OPERATIONS[word] : undefined
  if (call.flags['ca-days'] !== undefined && word !== 'ca') throw new UsageError('--ca-days is for a new CA: ca begin --ca-days N')
  return operation ? operation(words, call) : renew(call)
})

await runIfMain(import.meta, rotateCerts)
