// Signals to processes that are not the test's own children.

/**
 * Sends `signal` to the process with the id `pid` on this host. Refuses what is no process of a container: one that is down
 * has the id 0, which stands for the test's own process group.
 */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`${signal} to the process ${pid}: the container is down`)
  process.kill(pid, signal)
}
