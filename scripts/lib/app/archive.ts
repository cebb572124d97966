// A tar stream in memory (POSIX ustar, with a pax header where a path does not fit).
import type { AppFile } from './bundle.ts'

const BLOCK = 512
const FILE_MODE = 0o644

/** The files as one tar archive: owner root, mode 644, no times, so that equal files give equal archives. */
export function packTar(files: readonly AppFile[]): Buffer {
  const entries = files.flatMap(({ path, content }) => {
    const name = Buffer.from(path)
    const fits = name.length <= 100 && /^[\x20-\x7e]*$/.test(path)
    const pax = fits ? [] : entry('PaxHeader', 'x', paxRecord('path', path))
    return [...pax, ...entry(fits ? path : 'long', '0', content)]
  })
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)])
}

function entry(name: string, type: '0' | 'x', content: Buffer): Buffer[] {
  const header = Buffer.alloc(BLOCK)
  const put = (text: string, at: number) => header.write(text, at, 'latin1')
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  put(name, 0)
  put(octal(FILE_MODE, 7), 100)
  put(octal(0, 7), 108)
  put(octal(0, 7), 116)
  put(octal(content.length, 11), 124)
  put(octal(0, 11), 136)
  put(' '.repeat(8), 148)
  put(type, 156)
  put('ustar\x0000', 257)
  const checksum = header.reduce((total, byte) => total + byte, 0)
  put(`${octal(checksum, 6)}\0 `, 148)
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
}

/** "LENGTH key=value\n", where LENGTH counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  length = bytes + String(length).length
  return Buffer.from(`${length}${rest}`)
}
