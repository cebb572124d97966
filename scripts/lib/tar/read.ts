// Reading tar archives as streams, without unpacking: also a layer of 300 MB then needs little memory.
import type { Bytes } from '../bytes.ts'
import { BLOCK, padding, type TarMeta } from './header.ts'

/** One entry: its path has no leading slash or "./"; `link` is any kind of link or special file. The contents need not be read. */
export type TarEntry = Omit<TarMeta, 'kind'> & { kind: TarMeta['kind'] | 'link'; body: Bytes }

/** Thrown for what is no tar archive, or one that is cut off within an entry. */
export class TarError extends Error {}

/** Long names and the like; more than this is no archive that anybody made. */
const MOST_DETAILS = 1024 * 1024

/** The entries of `source`, one after the other. Throws TarError. */
export async function* tarEntries(source: Bytes): AsyncGenerator<TarEntry> {
  const { read, stream, close } = reader(source)
  try {
    yield* entries(read, stream)
  } finally {
    await close()
  }
}

async function* entries(read: Read, stream: Stream): AsyncGenerator<TarEntry> {
  let details: Record<string, string> = {}
  for (;;) {
    const header = await read(BLOCK)
    // The archive ends with empty blocks; what follows them is padding.
    if (header.length === 0 || (header.length === BLOCK && header[0] === 0)) break
    if (header.length < BLOCK || !isHeader(header)) throw new TarError('this is no tar archive, or one that is cut off')
    const type = String.fromCharCode(header[156]!)
    const size = Number(details['size'] ?? numberIn(header.subarray(124, 136)))
    if ('LKxg'.includes(type)) {
      if (size > MOST_DETAILS) throw new TarError(`an entry's details have ${size} bytes`)
      const text = (await whole(read, size)).toString()
      await whole(read, padding(size))
      if (type === 'L') details = { ...details, path: text.replace(/\0[^]*$/, '') }
      if (type === 'x') details = { ...details, ...paxRecords(text) }
      continue
    }
    let left = size
    async function* body(): AsyncGenerator<Buffer> {
      for await (const piece of stream(left)) {
        left -= piece.length
        yield piece
      }
      if (left > 0) throw new TarError('the tar archive is cut off')
    }
    yield { ...metaOf(header, details), size, kind: kindOf(type), body: body() }
    // What the caller has not read.
    for await (const _rest of body());
    await whole(read, padding(size))
    details = {}
  }
  for await (const _padding of stream(Infinity));
}

type Read = (size: number) => Promise<Buffer>
type Stream = (size: number) => AsyncGenerator<Buffer>

async function whole(read: Read, size: number): Promise<Buffer> {
  const bytes = await read(size)
  if (bytes.length < size) throw new TarError('the tar archive is cut off')
  return bytes
}

/** Bytes of `source` in pieces of a wanted size: `read` gathers, `stream` passes on. Both give less at the end of the source. */
function reader(source: Bytes): { read: Read; stream: Stream; close: () => Promise<unknown> } {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  async function* stream(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (rest.length === 0) {
        const { value, done } = await chunks.next()
        if (done) return
        rest = value
      }
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }
  const read = async (size: number) => {
    const pieces: Buffer[] = []
    for await (const piece of stream(size)) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  return { read, stream, close: async () => chunks.return?.() }
}

function metaOf(header: Buffer, details: Readonly<Record<string, string>>): Pick<TarMeta, 'path' | 'mode' | 'uid' | 'gid' | 'mtime'> {
  const [name, prefix] = [field(header.subarray(0, 100)), header.toString('latin1', 257, 263) === 'ustar\0' ? field(header.subarray(345, 500)) : '']
  const path = details['path'] ?? (prefix ? `${prefix}/${name}` : name)
  return {
    path: path.replace(/^(?:\.?\/)+/, ''),
    mode: numberIn(header.subarray(100, 108)) & 0o7777,
    uid: Number(details['uid'] ?? numberIn(header.subarray(108, 116))),
    gid: Number(details['gid'] ?? numberIn(header.subarray(116, 124))),
    mtime: Math.max(0, Math.floor(Number(details['mtime'] ?? numberIn(header.subarray(136, 148))))),
  }
}

function kindOf(type: string): TarEntry['kind'] {
  if (type === '5') return 'directory'
  return type === '0' || type === '\0' || type === '7' ? 'file' : 'link'
}

/** "LENGTH key=value\n", one after the other; a value may hold newlines. */
function paxRecords(text: string): Record<string, string> {
  const bytes = Buffer.from(text)
  const records: Record<string, string> = {}
  for (let at = 0; at < bytes.length; ) {
    const length = parseInt(bytes.toString('latin1', at, at + 20), 10)
    if (!(length > 0) || at + length > bytes.length) throw new TarError('an entry has a garbled pax header')
    const record = bytes.toString('utf8', at, at + length - 1).replace(/^\d+ /, '')
    const equals = record.indexOf('=')
    records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  return records
}

/** The sum of the bytes, those of the sum itself counted as blanks. */
function isHeader(header: Buffer): boolean {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0)
  return parseInt(field(header.subarray(148, 156)).trim(), 8) === sum
}

// What does not fit in octal digits GNU tar writes as the number itself, its first bit set.
function numberIn(bytes: Buffer): number {
  return bytes[0]! & 0x80 ? Number(BigInt.asUintN(64, BigInt(`0x${bytes.subarray(-8).toString('hex')}`) & 0x7fff_ffff_ffff_ffffn)) : parseInt(field(bytes).trim() || '0', 8)
}

function field(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}
