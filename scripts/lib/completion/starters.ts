/** The programs that start a script: what stands first on a line that is to be completed, besides a script itself. */
export const STARTERS = ['npx', 'node', 'tsx'] as const
