// What compose needs to know about this host and cannot work out itself; kept in compose/.env, so that plain
// `docker compose` finds the same.
import { caBundle } from './host/ca-bundle.ts'
import { cpuLimit } from './host/cpu-limit.ts'

/** CPUs that each service may use where the host has them: the guide's figure. */
export const WANTED_CPUS = 2

/** Settings for `sites` on a host of `cores`; what the operator has set in `present` by hand stays, but for facts. */
export function hostSettings({ sites, present, inputs, env = process.env, cores }: {
  sites: readonly number[]
  present: Readonly<Record<string, string>>
  inputs: string | undefined
  env?: NodeJS.ProcessEnv
  /** CPUs of the Docker host. */
  cores: number
}): Record<string, string> {
  return {
    CA_BUNDLE: present['CA_BUNDLE'] ?? caBundle(env),
    CPU_LIMIT: String(cpuLimit(Number(present['CPU_LIMIT']) > 0 ? Number(present['CPU_LIMIT']) : WANTED_CPUS, cores)),
    SUPERNODES: String(sites.length),
    ...(inputs === undefined ? {} : { IMAGE_INPUTS: inputs }),
  }
}
