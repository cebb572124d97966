// What runs in the containers, run here: python3 and mawk where this machine has them (end-to-end tests have them always).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { execute, type Executed } from '../../scripts/lib/host/execute.ts'
import { ROOT } from '../../scripts/lib/paths.ts'

export const CONTAINER = join(ROOT, 'dockerfiles/container')

/** Why Python files of the images cannot be tried on this machine; undefined when they can. The images have 3.13. */
export function withoutPython(module = 'ssl'): string | undefined {
  const found = spawnSync('python3', ['-c', `import sys, ${module}; sys.exit(sys.version_info < (3, 11))`])
  return found.error || found.status !== 0 ? `needs python3 ≥ 3.11 with ${module}` : undefined
}

/** Runs a Python text in which the health check's modules can be imported; `args` are sys.argv[1:]. */
export function python(source: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Executed> {
  return execute('python3', ['-c', source, ...args], { env: { PYTHONPATH: join(CONTAINER, 'common/health'), PYTHONDONTWRITEBYTECODE: '1', ...env } })
}
