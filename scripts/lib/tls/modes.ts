// Who may read what below certificates/. Pure.
import { RECORDS } from './layout.ts'

/** uid and gid of the services in every container. */
export const CONTAINER_ID = 49999

/** container-key: read by one container; ca-key: by no container; public: by anyone. */
export type Role = 'container-key' | 'ca-key' | 'public'

/** What a file is, from its path relative to certificates/; undefined for what is not of the suite. */
export function roleIfKnown(path: string): Role | undefined {
  if (/^ca\/[^/]+\.key$/.test(path)) return 'ca-key'
  if (/^(server|clients|superexec)\/[^/]+\.key$/.test(path) || /^auth\/supernode-\d+$/.test(path)) return 'container-key'
  if (/^(ca|server|clients|superexec)\/[^/]+\.crt$/.test(path) || /^auth\/(supernode-\d+\.pub|supernodes\.csv)$/.test(path) || path === RECORDS) return 'public'
  return undefined
}

/** As roleIfKnown, for a file that the suite itself makes. Throws for any other: that is a defect. */
export function roleOf(path: string): Role {
  const role = roleIfKnown(path)
  if (!role) throw new Error(`certificates/${path} is no file of the suite`)
  return role
}

export function modeOfFile(role: Role): number {
  return role === 'public' ? 0o644 : 0o400
}

/** `flwr` on the host reads ca/ca.crt as any user; what lies in the other directories concerns only their owner and root. */
export function modeOfDirectory(path: string): number {
  return path === '.' || path === 'ca' ? 0o755 : 0o700
}
