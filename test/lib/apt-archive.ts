// A Debian archive of one small package, served to builds on this host: what it offers can change while a test runs.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export type AptArchive = {
  /** The line of a sources.list that names it. */
  source: string
  /** From now on the package has `version`, and no other. */
  publish(version: string): void
  /** From now on the index is given, refused, or never answered; `asked` is called once for the next request that is not given it. */
  answer(how: 'give' | 'refuse' | 'hang', asked?: () => void): void
  close(): void
}

/** Serves `name` from `address` (the host's on Docker's default bridge), with files in `dir`. Needs dpkg-deb. */
export async function serveArchive(dir: string, name: string, address: string): Promise<AptArchive> {
  let [index, how, asked]: [string, 'give' | 'refuse' | 'hang', (() => void) | undefined] = ['', 'give', undefined]
  const hanging = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const path = request.url!.replace(/^\/(\.\/)?/, '')
    if (how !== 'give') {
      asked?.()
      asked = undefined
      if (how === 'hang') return void hanging.add(response)
    }
    const body = how === 'give' ? (path === 'Packages' ? index : path.endsWith('.deb') ? readFileSync(join(dir, path)) : undefined) : undefined
    response.writeHead(body === undefined ? (how === 'refuse' ? 503 : 404) : 200).end(body)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve))
  return {
    source: `deb [trusted=yes] http://${address}:${(server.address() as AddressInfo).port} ./`,
    publish: (version) => {
      const file = makePackage(dir, name, version)
      const bytes = readFileSync(join(dir, file))
      index = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: test <test@localhost>\nFilename: ./${file}\nSize: ${bytes.length}\nSHA256: ${createHash('sha256').update(bytes).digest('hex')}\nDescription: for a test\n`
    },
    answer: (next, once) => {
      ;[how, asked] = [next, once]
      for (const response of hanging) response.destroy()
      hanging.clear()
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function makePackage(dir: string, name: string, version: string): string {
  const tree = join(dir, `${name}-${version}`)
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
  writeFileSync(join(tree, 'DEBIAN/control'), `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: test <test@localhost>\nDescription: for a test\n`)
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, join(dir, `${name}_${version}.deb`)], { stdio: 'pipe' })
  return `${name}_${version}.deb`
}
