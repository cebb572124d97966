import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { signalProcess } from './lib/signal.ts'

test('a container that is down gets no signal: its process id is 0, which is everybody here', () => {
  for (const pid of [0, 1, -5, NaN]) assert.throws(() => signalProcess(pid, 'SIGURG'), /the container is down/)
  signalProcess(process.pid, 'SIGURG')
})

test.run()
