// The command lines of all scripts, for what is made of them: the guide's tables, completion, tests of examples.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../paths.ts'
import type { Command, Flag } from './command.ts'

export type AnyCommand = Command<Record<string, Flag>>

/**
 * The commands of the files in scripts/, by name. A script that calls this hands in its `own`: importing the file that
 * is being run would wait for itself. Throws for a file that exports no script.
 */
export async function allCommands(own?: AnyCommand): Promise<AnyCommand[]> {
  const names = readdirSync(join(ROOT, 'scripts')).filter((name) => name.endsWith('.ts')).sort()
  return Promise.all(names.map((name) => (name === own?.name ? own : commandOf(name))))
}

/** The command of scripts/NAME, a file name with .ts. Throws for a file that exports no script. */
export async function commandOf(name: string): Promise<AnyCommand> {
  const module = (await import(pathToFileURL(join(ROOT, 'scripts', name)).href)) as Record<string, { command?: AnyCommand }>
  const command = Object.values(module).find((value) => value.command?.name === name)?.command
  if (!command) throw new Error(`scripts/${name} exports no script of that name`)
  return command
}
