// Runs one of the suite's TypeScript files; installs the npm packages first when they are missing or out of date.
// Plain Node without packages: this is what a fresh clone starts with.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

// 20.12 is package.json's "engines": the first with all that the suite and its packages use.
const OLDEST_NODE = [20, 12]
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** Whether Node `version` (20.12.0) is one that the suite runs on. */
export function nodeIsTooOld(version) {
  const [major, minor] = version.split('.').map(Number)
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
}

/**
 * Whether the packages below `root` are those of its package-lock.json.
 * The marker is written after an install has ended well and removed before the next begins, so half an install has
 * none. Without a marker npm's own record decides, which npm also writes last: an install by hand counts.
 */
export function packagesAreCurrent(root) {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const marker = join(root, 'node_modules', '.installed-lock-sha256')
  if (existsSync(marker)) return readFileSync(marker, 'utf8').trim() === sha256(lock)
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = JSON.parse(lock.toString()).packages
  const present = JSON.parse(readFileSync(record, 'utf8')).packages
  return (
    Object.entries(present).every(([path, { version }]) => wanted[path]?.version === version && existsSync(join(root, path, 'package.json'))) &&
    Object.entries(wanted).every(([path, { optional }]) => path === '' || optional || path in present)
  )
}

async function main([file, ...args]) {
  if (nodeIsTooOld(process.versions.node)) {
    return fail(`Node.js ${process.versions.node} is too old: this suite needs ${OLDEST_NODE.join('.')} or newer (24 is recommended)`)
  }
  if (!file) return fail('usage: node scripts/with-packages.mjs FILE.ts [ARGUMENTS]', 2)
  if (!packagesAreCurrent(ROOT)) {
    const lock = await installLock()
    // Whoever held the lock before may have done the work.
    const ended = packagesAreCurrent(ROOT) ? { code: 0 } : await install(lock)
    lock?.close()
    const stop = ended.signal ?? ended.forwarded
    if (ended.code !== 0 && stop) return endBy(stop)
    if (ended.code !== 0) return fail('the npm packages could not be installed; npm says why above (npm ci repeats it)')
  }
  // Resolved from here, since `--import tsx` alone looks below the current directory.
  const loader = import.meta.resolve('tsx')
  const script = existsSync(resolve(ROOT, file)) ? resolve(ROOT, file) : resolve(file)
  const { code, signal } = await run(process.execPath, ['--import', loader, script, ...args], { stdio: 'inherit' })
  return signal ? endBy(signal) : code
}

async function install(lock) {
  const wanted = sha256(readFileSync(join(ROOT, 'package-lock.json')))
  const marker = join(ROOT, 'node_modules', '.installed-lock-sha256')
  rmSync(marker, { force: true })
  process.stderr.write('Installing the npm packages of package-lock.json\n')
  // --include: settings such as NODE_ENV=production would leave out what the tests or tsx need.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional']
  const npm = process.env.npm_execpath
  const [command, first] = npm && basename(npm) === 'npm-cli.js' ? [process.execPath, [npm]] : ['npm', []]
  const ended = await run(command, [...first, ...args], { cwd: ROOT, stdio: ['ignore', 2, 2, lock?._handle?.fd ?? 'ignore'] })
  if (ended.code === 0) {
    mkdirSync(dirname(marker), { recursive: true })
    writeFileSync(`${marker}.${process.pid}`, `${wanted}\n`)
    renameSync(`${marker}.${process.pid}`, marker)
  }
  return ended
}

/**
 * Waits until no other process installs here; gives the lock. It is a name in the kernel, so any death of its holders
 * frees it. npm holds it too (it inherits the socket): killed alone, this process leaves an npm that goes on writing.
 */
async function installLock() {
  // Abstract sockets are Linux's; elsewhere two installs at once are not kept apart.
  if (process.platform !== 'linux') return undefined
  const name = `\0secure-flower-packages-${sha256(realpathSync(ROOT)).slice(0, 32)}`
  for (let told = false; ; told = true) {
    const server = createServer()
    const failure = await new Promise((done) => {
      server.once('error', done)
      server.listen(name, () => done(undefined))
    })
    if (!failure) return server
    if (failure.code !== 'EADDRINUSE') throw failure
    if (!told) process.stderr.write('Waiting for another install of the npm packages\n')
    await new Promise((done) => setTimeout(done, 200))
  }
}

/** A child's end. SIGINT, SIGTERM and SIGHUP go on to it, each once: npm and the terminal send the first more than once. */
function run(command, args, options) {
  return new Promise((done) => {
    const child = spawn(command, args, options)
    let forwarded
    const forwarders = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => {
      let sent = false
      const forward = () => {
        if (!sent) child.kill(name)
        sent = true
        forwarded = name
      }
      process.on(name, forward)
      return () => process.off(name, forward)
    })
    const end = (result) => {
      for (const stop of forwarders) stop()
      done(result)
    }
    child.on('error', (failure) => {
      process.stderr.write(`${command}: ${failure.message}\n`)
      end({ code: 1 })
    })
    child.on('exit', (code, signal) => end({ code, signal, forwarded }))
  })
}

function endBy(signal) {
  process.kill(process.pid, signal)
  // Where the signal's default action is not to end (it was blocked), the exit code says it.
  return signal === 'SIGINT' ? 130 : 143
}

function fail(text, code = 1) {
  process.stderr.write(`${text}\n`)
  return code
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex')
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  main(process.argv.slice(2)).then((code) => (process.exitCode = code))
}
