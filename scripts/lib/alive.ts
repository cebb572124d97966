// Whether a process that left something behind may still be at it.

/** Whether another process `pid` lives; this one is not another. */
export function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0)
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM'
  }
}
