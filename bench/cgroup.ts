// What containers have used, by the kernel's own account of their cgroups.
import { readFileSync } from 'node:fs'
import { docker } from '../scripts/lib/docker/command.ts'

/** Where the kernel keeps a container's CPU time, and how many of its units are a second. */
export type CpuAccount = { file: string; perSecond: number; field?: string }

/** The account of the process whose /proc/PID/cgroup is `text`: cgroup v2 has one line "0::PATH", v1 one a controller. Pure. */
export function cpuAccount(text: string): CpuAccount {
  const lines = text.trim().split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? [])
  const v1 = lines.find(([, controllers]) => controllers?.split(',').includes('cpuacct'))
  if (v1) return { file: `/sys/fs/cgroup/cpuacct${v1[2]}/cpuacct.usage`, perSecond: 1e9 }
  const v2 = lines.find(([, controllers]) => controllers === '')
  if (v2) return { file: `/sys/fs/cgroup${v2[2]}/cpu.stat`, perSecond: 1e6, field: 'usage_usec' }
  throw new Error(`no cgroup keeps the CPU time: ${text}`)
}

/** Seconds of CPU time in the content of an account's file. Pure. */
export function cpuSeconds(content: string, { perSecond, field }: CpuAccount): number {
  const number = field === undefined ? content.trim() : new RegExp(`^${field} (\\d+)$`, 'm').exec(content)?.[1]
  if (!number || !/^\d+$/.test(number)) throw new Error(`not a cgroup's account: ${content}`)
  return Number(number) / perSecond
}

/** The accounts of running containers. */
export async function cpuAccounts(containers: readonly string[]): Promise<CpuAccount[]> {
  const pids = (await docker(['inspect', '--format', '{{.State.Pid}}', ...containers])).trim().split('\n')
  return pids.map((pid) => cpuAccount(readFileSync(`/proc/${pid}/cgroup`, 'utf8')))
}

/** Seconds of CPU time that all of them have used so far, what their health checks run included. */
export function readCpu(accounts: readonly CpuAccount[]): number {
  return accounts.reduce((sum, account) => sum + cpuSeconds(readFileSync(account.file, 'utf8'), account), 0)
}

/** Bytes in use by all of them, page cache that can be dropped not counted (docker stats counts so). */
export async function readMemory(containers: readonly string[]): Promise<number> {
  const lines = (await docker(['stats', '--no-stream', '--format', '{{.MemUsage}}', ...containers])).trim().split('\n')
  return lines.map((line) => parseSize(line.split('/')[0]!.trim())).reduce((sum, bytes) => sum + bytes, 0)
}

/** Bytes of what docker stats prints, such as "48.1MiB". Pure. */
export function parseSize(text: string): number {
  const [, number, unit] = /^([\d.]+)([KMG]?i?B)$/.exec(text) ?? []
  const size = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit ?? '']
  if (size === undefined) throw new Error(`not a size: ${text}`)
  return Number(number) * size
}
