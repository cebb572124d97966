// Users of the host for one test, and a copy of the checkout that is theirs.
import { execFileSync } from 'node:child_process'
import { chownSync, cpSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasCommand } from '../../scripts/lib/host/requirements.ts'
import { ROOT } from '../../scripts/lib/paths.ts'

/** Why users cannot be made here; undefined when they can. */
export const noUsers = process.getuid!() !== 0 ? 'needs root to make users' : hasCommand('runuser') && hasCommand('setpriv') && hasCommand('useradd') ? undefined : 'needs runuser, setpriv and useradd'

/** Makes the copy one that `user` can use: packages and Node may stand where only root gets. */
export function handOver(root: string, user: { uid: number; gid: number }): void {
  rmSync(join(root, 'node_modules'))
  cpSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  cpSync(process.execPath, join(root, 'node'))
  giveTo(root, user)
}

/** A new user of the host, after removing one that an interrupted test left; `more` are options of useradd. */
export function addUser(name: string, ...more: string[]): { uid: number; gid: number } {
  removeUser(name)
  execFileSync('useradd', ['--no-create-home', ...more, name])
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Removes a user if there is one. */
export function removeUser(name: string): void {
  try {
    execFileSync('userdel', [name], { stdio: 'pipe' })
  } catch {
    // There was none.
  }
}

function giveTo(path: string, { uid, gid }: { uid: number; gid: number }): void {
  if (!lstatSync(path).isSymbolicLink()) chownSync(path, uid, gid)
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), { uid, gid })
}
