// CPU limits on small hosts.

/** The limit to set when `wanted` CPUs are asked for: Docker refuses to create a container with more than there are. */
export function cpuLimit(wanted: number, cores: number): number {
  return Math.min(wanted, cores)
}
