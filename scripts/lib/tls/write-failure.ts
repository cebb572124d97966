// What a file system can have against new certificates and keys, as problems.
import { error, ProblemError } from '../problem.ts'

/** Runs `work`, which writes below `dir`; a full or closed place is thrown as a ProblemError about `where`. */
export function guarded<T>(dir: string, where: string, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new ProblemError(error('disk-full', where, `no space left: ${message}`, `free space on the file system of ${dir} (df -h ${dir}), then run again`), { cause: failure })
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
      throw new ProblemError(error('certificates-not-writable', where, message, `run as the owner of ${dir} (ls -ld ${dir}) or as root, on a file system that is not read-only`), { cause: failure })
    }
    throw failure
  }
}
