// Why a test that needs more than Docker cannot run here.
import { missingTools, TEST_TOOLS } from '../../scripts/lib/host/test-tools.ts'

/** The reason, as testUnless wants it, when one of `commands` is missing or this is not root; undefined when all is well. */
export async function whyNot(...commands: (typeof TEST_TOOLS)[number]['command'][]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'needs root'
  const missing = await missingTools(TEST_TOOLS.filter(({ command }) => commands.includes(command)))
  return missing.length ? `needs ${missing.map(({ command, oldest }) => [command, ...(oldest ? [oldest.join('.')] : [])].join(' ')).join(', ')}: setup-host.ts --test-tools` : undefined
}
