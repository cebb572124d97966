// Reading tar archives as streams, without unpacking: also a layer of 300 MB then needs little memory.

/** One entry of an archive: a path without a leading slash or "./", and its contents, which need not be read. */
export type TarEntry = { path: string; body: AsyncIterable<Buffer> }

const BLOCK = 512

/** Calls `each` with every entry of `source`, one after the other; entries without contents (links, directories) too. */
export async function eachTarEntry(source: AsyncIterable<Buffer>, each: (entry: TarEntry) => Promise<void>): Promise<void> {
  const { read, stream } = reader(source)
  let longPath: string | undefined
  for (;;) {
    const header = await read(BLOCK)
    // The archive ends with empty blocks; what follows them is padding.
    if (header.length < BLOCK || header[0] === 0) break
    const size = sizeOf(header.subarray(124, 136))
    const type = String.fromCharCode(header[156]!)
    const padding = (BLOCK - (size % BLOCK)) % BLOCK
    if (type === 'L' || type === 'x' || type === 'g') {
      const text = (await read(size)).toString()
      longPath = type === 'L' ? text.replace(/\0.*$/, '') : (/^\d+ path=(.*)$/m.exec(text)?.[1] ?? longPath)
    } else {
      const [name, prefix] = [field(header.subarray(0, 100)), header.toString('latin1', 257, 262) === 'ustar' ? field(header.subarray(345, 500)) : '']
      const body = stream(size)
      await each({ path: (longPath ?? (prefix ? `${prefix}/${name}` : name)).replace(/^\.?\//, ''), body })
      for await (const _rest of body);
      longPath = undefined
    }
    await read(padding)
  }
  for await (const _padding of stream(Infinity));
}

/** Bytes of `source` in pieces of a wanted size: `read` gathers, `stream` passes on. Both give less at the end of the source. */
function reader(source: AsyncIterable<Buffer>) {
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
  return { read, stream }
}

// More than eight octal digits do not fit: GNU tar then writes the number itself, its first bit set.
function sizeOf(bytes: Buffer): number {
  return bytes[0]! & 0x80 ? Number(BigInt.asUintN(64, BigInt(`0x${bytes.subarray(4).toString('hex')}`))) : parseInt(field(bytes).trim() || '0', 8)
}

function field(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}
