// Looking for what must not be in an image: in each file of each of its layers, also one that a later layer deletes.
import { spawn } from 'node:child_process'
import { createGunzip } from 'node:zlib'
import { Readable } from 'node:stream'
import { tarEntries } from '../../scripts/lib/tar/read.ts'

/** What is looked for: exact bytes by a name for them, in all files or in those that `where` accepts; and real private keys. */
export type Wanted = { name: string; bytes: string; where?: (path: string) => boolean }

/** A find: "NAME in PATH". */
export type Found = string

/** How much of a file is kept to find what lies across two pieces of it; longer than all that is looked for. */
const OVERLAP = 8192
/** A PEM key with contents: library code has the words alone, as constants. In source code a line may end with \n or quotes. */
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:\\n|\\r|["'\s+\\])*(?:[A-Z][\w-]+: [^\n]*\n\s*)*[A-Za-z0-9+/]{40,}/

/** What of `wanted`, and which private keys, are in the layers of `images`. `files` counts what was looked at. */
export async function searchLayers(images: readonly string[], wanted: readonly Wanted[]): Promise<{ found: Found[]; files: number; layers: number }> {
  const child = spawn('docker', ['save', ...images], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const found = new Set<Found>()
  let [files, layers] = [0, 0]
  for await (const { body } of tarEntries(child.stdout)) {
    const layer = await asLayer(body)
    if (!layer) continue
    layers++
    for await (const { path, body: contents } of tarEntries(layer)) {
      files++
      for (const find of await searchFile(path, contents, wanted)) found.add(find)
    }
  }
  if ((await ended) !== 0) throw new Error(`docker save ${images.join(' ')} failed`)
  return { found: [...found].sort(), files, layers }
}

/** What of `wanted` is in one file's name or contents, and whether a private key is. */
export async function searchFile(path: string, contents: AsyncIterable<Buffer>, wanted: readonly Wanted[]): Promise<Found[]> {
  const here = wanted.filter(({ where }) => where === undefined || where(path))
  const found = new Set<string>(here.filter(({ bytes }) => path.includes(bytes)).map(({ name }) => name))
  let text: Buffer = Buffer.alloc(0)
  for await (const piece of contents) {
    text = Buffer.concat([text.subarray(-OVERLAP), piece])
    for (const { name, bytes } of here) if (text.includes(bytes)) found.add(name)
    if (text.includes('PRIVATE KEY-----') && PRIVATE_KEY.test(text.toString('latin1'))) found.add('private key')
  }
  return [...found].map((name) => `${name} in ${path}`)
}

/** A file of an image archive as the tar of a layer; undefined for the descriptions beside the layers. */
async function asLayer(body: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer> | undefined> {
  const pieces = body[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 512) {
    const { value, done } = await pieces.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  async function* whole() {
    yield head
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return Readable.from(whole()).pipe(createGunzip())
  return head.toString('latin1', 257, 262) === 'ustar' ? whole() : undefined
}
