import { EventEmitter } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cut, fitted, openScreen } from '../scripts/lib/cli/screen.ts'

const RED = '\x1b[31m'
const END = '\x1b[39m'

test('a line that is too long is cut, colours not counted and ended', () => {
  assert.is(cut('abcdef', 6), 'abcdef')
  assert.is(cut('abcdefg', 6), 'abcde…')
  assert.is(cut(`ab${RED}cdefgh${END}ij`, 6), `ab${RED}cde…${END}`)
  assert.is(cut(`${RED}abcdef${END}`, 6), `${RED}abcdef${END}`)
})

test('lines that a screen has no room for are counted, and the last one stays', () => {
  assert.equal(fitted('a\nb\nc', 80, 3), ['a', 'b', 'c'])
  assert.equal(fitted('a\nb\nc\nd\ne', 80, 4), ['a', 'b', '… 2 more lines; make the terminal higher', 'e'])
  assert.equal(fitted('a\nb\nc', 80, 1), ['c'])
})

/** A terminal of which everything written is kept. */
function terminal(isTTY: boolean) {
  const written: string[] = []
  return Object.assign(new EventEmitter(), { isTTY, columns: 10, rows: 3, written, write: (text: string) => written.push(text) > 0 })
}

test('a resize draws the last picture again in the new size, until the screen is closed', () => {
  const fake = terminal(true)
  const screen = openScreen(fake as never)
  screen.show((width) => (width > 20 ? 'a rather long line\nb' : 'a rather\nlong line'))
  assert.match(fake.written.at(-1)!, /a rather\x1b\[K\nlong line/)
  fake.columns = 40
  fake.emit('resize')
  assert.match(fake.written.at(-1)!, 'a rather long line')
  screen.close()
  assert.is(fake.written.at(-1), '\x1b[?25h\x1b[?1049la rather long line\nb\n')
  const before = fake.written.length
  fake.emit('resize')
  assert.is(fake.written.length, before)
})

test('a pipe gets each picture without a control code', () => {
  const fake = terminal(false)
  const screen = openScreen(fake as never)
  screen.show(() => 'one\ntwo')
  screen.close()
  assert.equal(fake.written, ['one\ntwo\n\n'])
})

test.run()
