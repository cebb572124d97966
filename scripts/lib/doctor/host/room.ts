// Room on the file systems that the suite and Docker write to; volumes are looked at from inside their containers.
import { existsSync, statfsSync, statSync } from 'node:fs'
import { CERTIFICATES_DIR, COMPOSE_DIR, OUTPUTS_DIR } from '../../paths.ts'
import { formatBytes } from '../../cli/table.ts'
import { error, type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'
import type { Facts } from '../facts.ts'

const MIB = 2 ** 20
/** As in health/room.py. */
const FULL_BYTES = MIB
const LOW = { share: 0.05, least: 64 * MIB, most: 2048 * MIB } as const

/** Sizes in bytes; `inodes` are those left of `allInodes`, which is 0 where the file system makes them as it needs them. */
export type Room = { path: string; free: number; size: number; inodes: number; allInodes: number }

/** The problem of a file system that is full or nearly so. Pure. */
export function roomProblems({ path, free, size, inodes, allInodes }: Room): Problem[] {
  const fix = `free space there (df ${path} names the file system; docker system df shows what Docker's part of it is)`
  if (allInodes > 0 && inodes === 0) return [error('disk-full', path, `no inode is left of ${allInodes}: too many files`, fix)]
  const what = `${formatBytes(free)} are left of ${formatBytes(size)}`
  if (free < FULL_BYTES) return [error('disk-full', path, what, fix)]
  return free < Math.min(Math.max(LOW.share * size, LOW.least), LOW.most) ? [warning('disk-low', path, what, fix)] : []
}

export const room: Check = {
  area: 'host',
  title: 'There is room on the disk',
  needs: 'nothing',
  run: async (facts) => {
    const paths = [COMPOSE_DIR, CERTIFICATES_DIR, OUTPUTS_DIR, ...(await dockersDirectory(facts))].filter((path) => existsSync(path))
    // One file system is told once, by the first that lies on it.
    const first = new Map(paths.toReversed().map((path) => [statSync(path).dev, path]))
    return [...first.values()].flatMap((path) => roomProblems(roomAt(path)))
  },
}

function roomAt(path: string): Room {
  const { bavail, bsize, blocks, ffree, files } = statfsSync(path)
  return { path, free: bavail * bsize, size: blocks * bsize, inodes: ffree, allInodes: files }
}

// None where the daemon does not answer or is on another machine.
async function dockersDirectory({ engine }: Facts): Promise<string[]> {
  try {
    return [((await (await engine()).info()) as { DockerRootDir: string }).DockerRootDir]
  } catch {
    return []
  }
}
