// Writing tar archives, in memory or as a stream.
import type { Bytes } from '../bytes.ts'
import { BLOCK, encodeHeader, padding, type TarMeta } from './header.ts'

/** What ends an archive. */
export const END = Buffer.alloc(2 * BLOCK)

const FILE_MODE = 0o644

/** One entry as a stream. Throws an Error when `body` has another length than `meta` says: the archive would be garbled. */
export async function* tarEntry(meta: TarMeta, body: Bytes): AsyncGenerator<Buffer> {
  yield encodeHeader(meta)
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    yield chunk
  }
  if (bytes !== meta.size) throw new Error(`${meta.path} has ${bytes} bytes instead of ${meta.size}`)
  if (padding(bytes) > 0) yield Buffer.alloc(padding(bytes))
}

/** The files as one whole archive: owner root, mode 644, no times, so that equal files give equal archives. Pure. */
export function packTar(files: readonly { path: string; content: Buffer }[]): Buffer {
  const entries = files.flatMap(({ path, content }) => {
    const header = encodeHeader({ path, kind: 'file', size: content.length, mode: FILE_MODE, uid: 0, gid: 0, mtime: 0 })
    return [header, content, Buffer.alloc(padding(content.length))]
  })
  return Buffer.concat([...entries, END])
}
