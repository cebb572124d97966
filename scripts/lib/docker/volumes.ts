// The deployment's volumes: whether they exist and how much they hold.
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import type { VolumeStatus } from '../status/document.ts'

// The daemon walks every file of every volume for this; a status must not wait for millions of files.
const SIZES_WITHIN_MS = 1000

/** Docker's names of the deployment's volumes that exist, by their names in the compose file. */
export async function existingVolumes(engine: Docker, { volumeNames }: Deployment): Promise<Map<string, string>> {
  const { Volumes: listed } = await engine.listVolumes()
  const existing = new Set((listed ?? []).map(({ Name }) => Name))
  return new Map([...volumeNames].filter(([, name]) => existing.has(name)))
}

/** One entry a name, in the given order. */
export async function readVolumes(engine: Docker, names: readonly string[]): Promise<VolumeStatus[]> {
  const [{ Volumes: listed }, sizes] = await Promise.all([engine.listVolumes(), readSizes(engine)])
  const existing = new Set((listed ?? []).map(({ Name }) => Name))
  return names.map((name) => ({ name, exists: existing.has(name), bytes: existing.has(name) ? (sizes.get(name) ?? null) : null }))
}

async function readSizes(engine: Docker): Promise<Map<string, number>> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), SIZES_WITHIN_MS)
  try {
    // dockerode's types lack the API's type filter (Engine API, GET /system/df), which spares images and build cache.
    const typed = engine as unknown as { df(options: object): Promise<{ Volumes?: { Name: string; UsageData?: { Size: number } }[] | null }> }
    const usage = await typed.df({ type: 'volume', abortSignal: controller.signal })
    return new Map((usage.Volumes ?? []).flatMap(({ Name, UsageData }) => (UsageData && UsageData.Size >= 0 ? [[Name, UsageData.Size]] : [])))
  } catch (failure) {
    if (controller.signal.aborted) return new Map()
    throw failure
  } finally {
    clearTimeout(timer)
  }
}
