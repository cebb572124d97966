// Making the base image from Debian's packages: debootstrap, trim, import.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { error, ProblemError } from '../problem.ts'
import { debianMirrors, parseAptSources, securityBeside } from './apt-sources.ts'
import { hostSources } from './apt.ts'
import { execute, type ExecuteOptions } from './execute.ts'
import { LEFT_OUT, mountsBelow, SETTINGS, treeSources } from './root-tree.ts'

const PREFIX = 'secure-flower-base-'

/** Makes the image `name` (about 30 s, as root). Leaves nothing behind, however it ends. */
export async function makeBaseImage(name: string, signal: AbortSignal, progress: (text: string) => void): Promise<void> {
  // Not /tmp, which is often small, in memory, or mounted without device files.
  const parent = process.env['TMPDIR'] ?? '/var/tmp'
  for (const left of readdirSync(parent)) if (isAbandoned(left)) await removeTree(join(parent, left))
  const dir = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`))
  try {
    const tree = join(dir, 'tree')
    const { archive, security } = debianMirrors(hostSources())
    const env = await proxyEnv()
    progress('packages')
    // Without a mirror debootstrap takes its own default, which its result then names.
    await must('debootstrap', ['--variant=minbase', 'trixie', tree, ...(archive ? [archive] : [])], { signal, env, onLine: (line) => progress(line.replace(/^I: /, '')) })
    for (const [path, { text, mode }] of Object.entries(SETTINGS)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true })
      writeFileSync(join(tree, path), text)
      chmodSync(join(tree, path), mode)
    }
    await setSources(tree, security, { signal, env, onLine: progress })
    progress('security updates')
    await must('chroot', [tree, 'apt-get', '-y', '-o', 'APT::Sandbox::User=root', 'upgrade'], { signal, onLine: progress, env: { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } })
    // No container of the suite has a use for them, and none may gain rights by them.
    await must('find', [tree, '-xdev', '-type', 'f', '-perm', '/6000', '-exec', 'chmod', 'ug-s', '{}', '+'], { signal })
    progress('import')
    const tar = `set -o pipefail; tar -C "$1" --numeric-owner --one-file-system --exclude-from="$2" -c . | docker import --change 'CMD ["bash"]' - "$3"`
    writeFileSync(join(dir, 'left-out'), LEFT_OUT.map((pattern) => `${pattern}\n`).join(''))
    await must('bash', ['-c', tar, 'bash', tree, join(dir, 'left-out'), name], { signal })
  } finally {
    await removeTree(dir)
  }
}

/** Writes the tree's sources, and keeps them only when apt-get update works with all of them from inside. */
async function setSources(tree: string, hostSecurity: string | undefined, options: ExecuteOptions): Promise<void> {
  const list = join(tree, 'etc/apt/sources.list')
  const archive = parseAptSources(list, readFileSync(list, 'utf8'))[0]?.uris[0]
  if (!archive) throw new Error(`debootstrap left no source in ${list}`)
  const file = join(tree, 'etc/apt/sources.list.d/debian.sources')
  rmSync(list)
  let words = `no security archive is known beside ${archive}`
  // The minimal tree has no CA certificates, so a mirror's plain address is tried too: apt verifies signatures anyway.
  const plain = (uri: string) => [...new Set([uri, uri.replace(/^https:/, 'http:')])]
  for (const security of new Set([hostSecurity, securityBeside(archive)])) {
    if (!security) continue
    for (const [index, uri] of plain(archive).entries()) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, treeSources(uri, plain(security).at(index) ?? security))
      // Any: a source that fails is only a warning to apt otherwise. The sandbox user cannot be had in every container.
      const result = await execute('chroot', [tree, 'apt-get', '-o', 'APT::Update::Error-Mode=any', '-o', 'APT::Sandbox::User=root', 'update'], options)
      if (result.exitCode === 0) return
      words = result.stderr.trim().split('\n').slice(-6).join('\n')
    }
  }
  throw new ProblemError(error('base-image-sources', 'apt-get update', `trixie, trixie-updates and trixie-security do not all answer: ${words}`, 'give this host a Debian mirror in /etc/apt/sources.list.d that carries trixie and its security archive, then run again'))
}

async function must(command: string, args: readonly string[], options: ExecuteOptions): Promise<void> {
  const { exitCode, stdout, stderr } = await execute(command, args, options)
  if (exitCode === 0) return
  const words = `${stdout}\n${stderr}`.trim().split('\n').slice(-8).join('\n')
  throw new ProblemError(error('base-image-failed', command, `the base image could not be made:\n${words}`, `mend what ${command} says, then run again (TMPDIR names another place for its files)`))
}

/** The proxy of the host's apt, in the form that debootstrap's downloads understand. */
async function proxyEnv(): Promise<Record<string, string>> {
  const { stdout } = await execute('apt-config', ['shell', 'http_proxy', 'Acquire::http::Proxy', 'https_proxy', 'Acquire::https::Proxy'])
  const found = [...stdout.matchAll(/^(\w+)='(.+)'$/gm)].map(([, name, value]) => [name!, value!] as const)
  return Object.fromEntries(found.filter(([name, value]) => !process.env[name] && value !== 'DIRECT'))
}

function isAbandoned(name: string): boolean {
  const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
  return pid !== undefined && !existsSync(`/proc/${pid}`)
}

/** Deletes a tree once nothing is mounted in it: debootstrap mounts /proc and /sys, and a torn one leaves them. */
async function removeTree(dir: string): Promise<void> {
  const mounts = () => mountsBelow(dir, readFileSync('/proc/self/mountinfo', 'utf8'))
  for (const point of mounts()) await execute('umount', ['-l', point])
  if (mounts().length) throw new Error(`not deleted, since something is still mounted below it: ${dir}`)
  rmSync(dir, { recursive: true, force: true })
}
