// The list of packages that each image carries (dockerfiles/container/sbom.py): reading it, and comparing two.
import { ProblemError } from '../problem.ts'
import { tryDocker } from './command.ts'
import { dockerProblem } from './failure.ts'

/** Where an image has its list, CycloneDX JSON. */
export const SBOM_FILE = '/opt/flower/sbom.cdx.json'

/** Versions by `KIND/NAME`, e.g. "deb/libc6" or "pypi/numpy": the kind is that of a package URL. */
export type Packages = ReadonlyMap<string, string>

/** How one package differs. */
export type Difference = {
  /** deb or pypi. */
  kind: string
  /** The package's name. */
  name: string
  /** Its version before; null for one that came. */
  from: string | null
  /** Its version now; null for one that went. */
  to: string | null
}

type Sbom = { components?: { name: string; version: string; purl: string }[] }

/** The text of the list in `image`; undefined when it has none (built before there were lists). */
export async function readSbom(image: string, signal?: AbortSignal): Promise<string | undefined> {
  const args = ['run', '--rm', '--network', 'none', '--log-driver', 'none', '--read-only', '--user', '49999:49999', '--entrypoint', 'cat', image, SBOM_FILE]
  const result = await tryDocker(args, signal ? { signal } : {})
  if (result.exitCode === 0) return result.stdout
  // 125 is docker's own failure; anything else comes from the image.
  if (result.exitCode === 125) throw new ProblemError(dockerProblem(args, result))
  return undefined
}

/** The packages in a list. Pure. */
export function packagesIn(sbom: string): Packages {
  const { components = [] } = JSON.parse(sbom) as Sbom
  return new Map(components.map(({ name, version, purl }) => [`${/^pkg:(\w+)\//.exec(purl)?.[1] ?? 'other'}/${name}`, version]))
}

/** What is not the same in two lists, Debian's packages first, by name. Pure. */
export function comparePackages(before: Packages, after: Packages): Difference[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort()
  return keys.map((key) => {
    const [kind, name] = key.split('/', 2) as [string, string]
    return { kind, name, from: before.get(key) ?? null, to: after.get(key) ?? null }
  })
}
