// The 512 bytes before each entry of a tar archive (POSIX ustar, with a pax header where something does not fit).

export const BLOCK = 512

export type TarMeta = {
  path: string
  kind: 'file' | 'directory'
  /** Bytes of content; 0 for a directory. */
  size: number
  /** Permission bits. */
  mode: number
  uid: number
  gid: number
  /** Seconds since 1970. */
  mtime: number
}

/** Eleven octal digits. */
const MOST_BYTES = 0o77777777777
/** Seven octal digits. */
const MOST_ID = 0o7777777

/** The header of an entry, with its pax header before it where there must be one. Pure. */
export function encodeHeader({ path, kind, size, mode, uid, gid, mtime }: TarMeta): Buffer {
  const name = kind === 'directory' && !path.endsWith('/') ? `${path}/` : path
  const fits = Buffer.byteLength(name) <= 100 && /^[\x20-\x7e]*$/.test(name)
  const records = [
    ...(fits ? [] : [paxRecord('path', name)]),
    ...(size > MOST_BYTES ? [paxRecord('size', String(size))] : []),
    ...(uid > MOST_ID ? [paxRecord('uid', String(uid))] : []),
    ...(gid > MOST_ID ? [paxRecord('gid', String(gid))] : []),
  ].join('')
  const header = ustar(fits ? name : 'long', kind === 'file' ? '0' : '5', {
    size: Math.min(size, MOST_BYTES), mode, uid: Math.min(uid, MOST_ID), gid: Math.min(gid, MOST_ID), mtime,
  })
  if (records === '') return header
  const pax = Buffer.from(records)
  return Buffer.concat([ustar('PaxHeader', 'x', { size: pax.length, mode: 0o644, uid: 0, gid: 0, mtime: 0 }), pax, Buffer.alloc(padding(pax.length)), header])
}

/** How many bytes fill the last block after `size` bytes. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

function ustar(name: string, type: '0' | '5' | 'x', { size, mode, uid, gid, mtime }: Omit<TarMeta, 'path' | 'kind'>): Buffer {
  const header = Buffer.alloc(BLOCK)
  const put = (text: string, at: number) => header.write(text, at, 'latin1')
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  put(name, 0)
  put(octal(mode, 7), 100)
  put(octal(uid, 7), 108)
  put(octal(gid, 7), 116)
  put(octal(size, 11), 124)
  put(octal(mtime, 11), 136)
  put(' '.repeat(8), 148)
  put(type, 156)
  put('ustar\x0000', 257)
  put(`${octal(header.reduce((total, byte) => total + byte, 0), 6)}\0 `, 148)
  return header
}

/** "LENGTH key=value\n", where LENGTH counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  length = bytes + String(length).length
  return `${length}${rest}`
}
