// What a certificate check finds wrong, before anyone knows which file it was in.

export type FindingId =
  | 'certificate-missing'
  | 'certificate-garbled'
  | 'certificate-unreadable'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-foreign-ca'
  | 'certificate-wrong-name'
  | 'certificate-wrong-purpose'
  | 'certificate-cn-not-in-san'
  | 'certificate-without-aki'
  | 'certificate-profile'
  | 'ca-not-a-ca'
  | 'ca-without-key-usage'
  | 'openssl-missing'
  | 'openssl-failed'

/** `part` is the certificate of the chain that is at fault. */
export type Finding = { id: FindingId; part: 'leaf' | 'intermediate' | 'ca'; what: string }

/** Takes one finding. */
export type Report = (id: FindingId, what: string) => void

/** A function that adds findings about `part` to `findings`. */
export function reporter(findings: Finding[], part: Finding['part']): Report {
  return (id, what) => void findings.push({ id, part, what })
}
