// Reading DER: what node:crypto's X509Certificate does not tell (versions, critical flags, duplicates) is in the bytes.

/** One element: its tag byte, its content, and itself with the header. */
export type Der = { tag: number; content: Buffer; whole: Buffer }

export const TAG = { boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, sequence: 0x30 } as const

/** The one element that fills `bytes`. Throws when there is none, more than one, or the encoding is not DER. */
export function readDer(bytes: Buffer): Der {
  const [element, ...more] = readAll(bytes)
  if (!element || more.length) throw new Error(`expected one DER element, found ${element ? more.length + 1 : 0}`)
  return element
}

/** The elements inside a constructed element. Throws when it is of another tag than `tag` or not DER. */
export function children(element: Der | undefined, tag: number = TAG.sequence): Der[] {
  return readAll(expectTag(element, tag).content)
}

/** `element` itself. Throws when there is none or its tag differs. */
export function expectTag(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag) throw new Error(`expected DER tag ${tag}, found ${element ? element.tag : 'nothing'}`)
  return element
}

/** An object identifier in dotted form. */
export function readOid(element: Der | undefined): string {
  const numbers: bigint[] = []
  let value = 0n
  for (const byte of expectTag(element, TAG.oid).content) {
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte & 0x80) continue
    numbers.push(value)
    value = 0n
  }
  const [first = 0n, ...rest] = numbers
  const root = first < 80n ? first / 40n : 2n
  return [root, first - root * 40n, ...rest].join('.')
}

/** The numbers of the bits that are set in a bit string, most significant first (as KeyUsage counts them). */
export function readBits(element: Der | undefined): Set<number> {
  const { content } = expectTag(element, TAG.bitString)
  const bits = new Set<number>()
  for (let bit = 0; bit < (content.length - 1) * 8; bit++) {
    if (content[1 + (bit >> 3)]! & (0x80 >> (bit & 7))) bits.add(bit)
  }
  return bits
}

function readAll(bytes: Buffer): Der[] {
  const elements: Der[] = []
  for (let start = 0; start < bytes.length; ) {
    const [header, length] = readLength(bytes, start)
    const end = header + length
    if (end > bytes.length) throw new Error('truncated DER')
    elements.push({ tag: bytes[start]!, content: bytes.subarray(header, end), whole: bytes.subarray(start, end) })
    start = end
  }
  return elements
}

// Gives where the content starts and how long it is.
function readLength(bytes: Buffer, start: number): [number, number] {
  const first = bytes[start + 1]
  if (first === undefined || (bytes[start]! & 0x1f) === 0x1f) throw new Error('truncated DER')
  if (first < 0x80) return [start + 2, first]
  const size = first & 0x7f
  const header = start + 2 + size
  if (size === 0 || size > 4 || header > bytes.length) throw new Error('a DER length that cannot be')
  const length = bytes.readUIntBE(start + 2, size)
  if (length < 0x80 || bytes[start + 2] === 0) throw new Error('a DER length that is not minimal')
  return [header, length]
}
