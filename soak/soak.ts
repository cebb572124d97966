// Trains for a long time while things die now and then: npm run soak
import { type Command, type Flag, wholeNumber } from '../scripts/lib/cli/command.ts'
import type { Ui } from '../scripts/lib/cli/ui.ts'
import { type Call, runIfMain, script } from '../scripts/lib/cli/run.ts'
import { poll, realClock } from '../scripts/lib/poll.ts'
import { bringUp, joinedSince, SERVICES } from '../test/lib/fault.ts'
import { type Federation, killFromHost, newFederation } from '../test/lib/federation.ts'
import { type MemorySample, NOT_STARTED, type Recovery, seeded, soakFaults, type SoakFigures, soakFigures, type SoakRun } from './figures.ts'

const COMMAND = {
  name: 'soak.ts',
  start: 'npm run soak --',
  summary: 'Trains the example again and again on a federation of its own, and kills a random container now and then.',
  usage: [''],
  flags: {
    minutes: { type: 'string', value: 'N', help: 'for how long (default 15)' },
    seed: { type: 'string', value: 'N', help: 'decides what is killed and when (default: another one each time)' },
    'kill-every': { type: 'string', value: 'N', help: 'kill during every Nth run on average (default 4)' },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [['', 'a quarter of an hour'], ['--minutes 2 --seed 7', 'a short one that can be repeated']],
  exitCodes: { 0: 'all came back, no run failed without a kill, and memory grew by 10 % at most', 1: 'something of that does not hold' },
} as const satisfies Command<Record<string, Flag>>

const RECOVERY_SECONDS = 120
/** A run of the example takes 2 to 4 s: a kill falls anywhere within. */
const KILL_WITHIN_MS = 3000
/** The longest that a run may take after a kill, until it says what became of it. */
const RUN_SECONDS = 240

type Soak = { federation: Federation; random: () => number; killEvery: number; signal: AbortSignal }

export const soak = script(COMMAND, async (call: Call<typeof COMMAND.flags>) => {
  const { flags, ui, signal } = call
  const minutes = wholeNumber('minutes', flags.minutes, 1) ?? 15
  const seed = wholeNumber('seed', flags.seed, 0) ?? Math.floor(Math.random() * 1e6)
  const killEvery = wholeNumber('kill-every', flags['kill-every'], 1) ?? 4
  const federation = await newFederation()
  try {
    await ui.step('Building and starting', () => bringUp(federation))
    const figures = await ui.step(`Training for ${minutes} min, seed ${seed}`, (progress) => train({ federation, random: seeded(seed), killEvery, signal }, minutes, progress))
    const faults = soakFaults(figures, minutes)
    if (ui.json) ui.print(JSON.stringify({ minutes, seed, ...figures, faults }, null, 2))
    else report(ui, figures, faults)
    return faults.length === 0 ? 0 : 1
  } finally {
    await federation.remove()
  }
})

async function train(soaking: Soak, minutes: number, progress: (text: string) => void): Promise<SoakFigures> {
  const [runs, recoveries, samples]: [SoakRun[], Recovery[], MemorySample[][]] = [[], [], []]
  const end = performance.now() + minutes * 60_000
  while (performance.now() < end && recoveries.every(({ seconds }) => seconds !== undefined)) {
    soaking.signal.throwIfAborted()
    const { run, recovery } = await oneRun(soaking)
    runs.push(run)
    if (recovery) recoveries.push(recovery)
    samples.push(await memory(soaking.federation))
    const failed = runs.filter(({ status }) => status !== 'finished:completed').length
    progress(`${runs.length} runs, ${failed} failed, ${recoveries.length} kills${recovery ? `, ${recovery.service} back after ${recovery.seconds?.toFixed(1) ?? 'too long'} s` : ''}`)
  }
  return soakFigures(runs, recoveries, samples)
}

async function oneRun({ federation, random, killEvery, signal }: Soak): Promise<{ run: SoakRun; recovery?: Recovery }> {
  const began = performance.now()
  // Both drawn each time, so that the same seed gives the same kills whatever the runs do.
  const [kills, victim, delay] = [random() < 1 / killEvery, SERVICES[Math.floor(random() * SERVICES.length)]!, random() * KILL_WITHIN_MS]
  const training = federation.run('run-federation.ts', '--json', '--timeout', String(RUN_SECONDS))
  const killing = kills ? realClock.sleep(delay, signal).then(() => kill(federation, victim)) : undefined
  const { code, stdout } = await training
  const recovery = await killing
  const status = (JSON.parse(stdout) as { status?: string }).status ?? (code === 0 ? 'unknown' : NOT_STARTED)
  return { run: { status, seconds: (performance.now() - began) / 1000, ...(kills ? { killed: victim } : {}) }, ...(recovery ? { recovery } : {}) }
}

async function kill(federation: Federation, service: string): Promise<Recovery> {
  const restartsOf = async () => (await federation.status()).services.find((each) => each.service === service)!.restarts
  const before = await restartsOf()
  const [began, killedAt] = [performance.now(), Date.now()]
  await killFromHost(federation.container(service), 'SIGKILL')
  // The rows of the state say that SuperNodes are online for a while after their SuperLink has gone.
  const joined = service === 'superlink' ? joinedSince(killedAt) : () => true
  const { ok } = await poll(federation.status, (status) => status.ready && joined(status) && status.services.some((each) => each.service === service && each.restarts > before), { timeoutMs: RECOVERY_SECONDS * 1000, everyMs: 250 })
  return { service, seconds: ok ? (performance.now() - began) / 1000 : undefined }
}

async function memory(federation: Federation): Promise<MemorySample[]> {
  return (await federation.status()).services.map(({ service, startedAt, memoryBytes }) => ({ service, startedAt: startedAt ?? '', bytes: memoryBytes ?? undefined }))
}

function report(ui: Ui, { runs, kills, recovery, memoryGrowth, growthByService }: SoakFigures, faults: readonly string[]): void {
  const percent = (share: number | undefined) => (share === undefined ? 'too few runs to say' : `${(share * 100).toFixed(1)} %`)
  ui.print(`runs            ${runs.completed} completed, ${runs.failed} failed (${runs.failedWithoutKill} of them without a kill, ${runs.unfinished} without an end)`)
  ui.print(`kills           ${kills}`)
  if (recovery) ui.print(`ready again     median ${recovery.median.toFixed(1)} s, p95 ${recovery.p95.toFixed(1)} s, worst ${recovery.worst.toFixed(1)} s`)
  ui.print(`memory growth   ${percent(memoryGrowth)} of all together`)
  for (const [service, share] of Object.entries(growthByService)) ui.print(`                ${percent(share)} of ${service} in its longest life`)
  for (const fault of faults) ui.print(`✖ ${fault}`)
}

await runIfMain(import.meta, soak)
