import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Command, type Flag, parseCommand, renderHelp, wholeNumber } from '../scripts/lib/cli/command.ts'
import { allCommands } from '../scripts/lib/cli/commands.ts'
import { UsageError } from '../scripts/lib/problem.ts'

const COMMAND = {
  name: 'sample.ts',
  summary: 'Shows what a command line is.',
  usage: ['', 'PLACE'],
  maxPositionals: 2,
  flags: {
    json: { type: 'boolean', alias: 'j', help: 'print JSON' },
    'no-build': { type: 'boolean', help: 'do not build' },
    timeout: { type: 'string', alias: 't', value: 'SECONDS', help: 'how long' },
    service: { type: 'list', alias: 's', value: 'NAME', help: 'which' },
  },
  examples: [['--json', 'prints JSON']],
  exitCodes: { 1: 'no' },
} as const satisfies Command<Record<string, Flag>>

const parse = (...args: string[]) => parseCommand(COMMAND, args)
const refusal = (...args: string[]): string => {
  try {
    parse(...args)
  } catch (failure) {
    assert.instance(failure, UsageError, String(failure))
    return (failure as Error).message
  }
  throw new Error(`accepted: ${args.join(' ')}`)
}

test('without arguments booleans are false, lists empty and values undefined', () => {
  assert.equal(parse(), { flags: { json: false, 'no-build': false, timeout: undefined, service: [] }, positionals: [], help: false })
})

test('flags are known by name and by alias, with their value after a space or an equals sign', () => {
  assert.is(parse('--timeout', '5').flags.timeout, '5')
  assert.is(parse('--timeout=5=6').flags.timeout, '5=6')
  assert.is(parse('-t', '5').flags.timeout, '5')
  assert.ok(parse('-j').flags.json)
  assert.is(parse('-jt', '5').flags.timeout, '5')
  assert.ok(parse('-h').help)
})

test('a flag whose own name begins with no- is that flag', () => {
  assert.ok(parse('--no-build').flags['no-build'])
  assert.match(refusal('--no-json'), 'unknown flag --no-json; did you mean --json?')
})

test('a list takes its flag repeatedly, a single value does not', () => {
  assert.equal(parse('-s', 'a', '--service', 'b').flags.service, ['a', 'b'])
  assert.match(refusal('--timeout', '1', '-t', '2'), '--timeout was given 2 times')
})

test('values and positionals stay the text that they were', () => {
  assert.equal(parse('007', '1e3').positionals, ['007', '1e3'])
  assert.is(parse('--timeout', '007').flags.timeout, '007')
})

test('an unknown flag is refused with the nearest known one', () => {
  assert.match(refusal('--servce', 'x'), 'unknown flag --servce; did you mean --service?')
  assert.is(refusal('--frobnicate'), 'unknown flag --frobnicate')
  assert.is(refusal('-x'), 'unknown flag -x')
})

test('names that objects have of their own are unknown flags like others', () => {
  for (const name of ['--__proto__', '--constructor', '--toString', '--f0', '--json.x']) assert.match(refusal(name), `unknown flag ${name}`)
})

test('a flag without its value is refused', () => {
  for (const args of [['--timeout'], ['--timeout='], ['--timeout', '--json'], ['-s', ''], ['-t', '--', '5']]) assert.match(refusal(...args), 'needs a value')
})

test('a boolean takes no value, and does not take the next word for one', () => {
  assert.match(refusal('--json=true'), '--json takes no value')
  assert.match(refusal('-j=1'), '--json takes no value')
  assert.equal(parse('--json', 'false'), { flags: { ...parse().flags, json: true }, positionals: ['false'], help: false })
})

test('more positionals than make sense are refused, except beside --help', () => {
  assert.match(refusal('a', 'b', 'c'), 'unexpected argument "c"')
  assert.ok(parse('a', 'b', 'c', '--help').help)
})

test('what follows -- is positional', () => {
  assert.equal(parse('--', '--json', '-x').positionals, ['--json', '-x'])
  assert.not(parse('--', '--json').flags.json)
})

test('a lone dash is positional', () => assert.equal(parse('-').positionals, ['-']))

test('the help shows usage, flags, examples and exit codes', () => {
  const help = renderHelp(COMMAND)
  for (const line of [
    'Usage: npx tsx scripts/sample.ts [flags]',
    '       npx tsx scripts/sample.ts PLACE [flags]',
    '  -j, --json             print JSON',
    '  -t, --timeout SECONDS  how long',
    '  -h, --help             show this text',
    '  npx tsx scripts/sample.ts --json  prints JSON',
    '  1    no',
    '  70   a defect in the suite, with a stack trace',
  ]) assert.ok(help.split('\n').includes(line), `${line}\nin\n${help}`)
  assert.ok(help.endsWith('\n'))
})

test('a whole number is a number of digits and not below its least', () => {
  assert.is(wholeNumber('days', '90', 1), 90)
  assert.is(wholeNumber('days', undefined, 1), undefined)
  for (const bad of ['0', '-1', '1.5', '1e3', 'x', ' 1', '99999999999999999999']) assert.throws(() => wholeNumber('days', bad, 1), /--days needs a whole number of at least 1/, bad)
})

/** A shell's words of an example, without a redirection, which is no business of the script's. */
const wordsOf = (example: string) => execFileSync('bash', ['-c', `printf '%s\\0' ${example.replace(/ > .*/, '')}`], { encoding: 'utf8' }).split('\0').slice(0, -1).filter((word) => word !== '')

test('every example in the help of every script is a command line that the script takes', async () => {
  for (const command of await allCommands()) {
    assert.ok(command.examples.length > 0, command.name)
    for (const [example] of command.examples) assert.not.throws(() => parseCommand(command, wordsOf(example)), `${command.name} ${example}`)
  }
  assert.equal(wordsOf("-c 'one two' three > four"), ['-c', 'one two', 'three'])
})

test.run()
