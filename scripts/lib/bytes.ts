// Streams of bytes, cut to size. Nothing here holds more than one piece.

export type Bytes = AsyncIterable<Buffer>

/** The bytes of `source` in pieces of exactly `size`; the last one is what is left, and there is none for an empty source. */
export async function* inPieces(source: Bytes, size: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let held = 0
  for await (let chunk of source) {
    while (held + chunk.length >= size) {
      const rest = size - held
      yield Buffer.concat([...parts, chunk.subarray(0, rest)], size)
      chunk = chunk.subarray(rest)
      parts = []
      held = 0
    }
    if (chunk.length > 0) parts.push(chunk)
    held += chunk.length
  }
  if (held > 0) yield Buffer.concat(parts, held)
}

/** All of `source`, which must not have more than `most` bytes; undefined when it has. */
export async function allBytes(source: Bytes, most: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let held = 0
  for await (const chunk of source) {
    held += chunk.length
    if (held <= most) parts.push(chunk)
  }
  return held <= most ? Buffer.concat(parts) : undefined
}
