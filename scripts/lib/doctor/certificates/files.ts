// Certificates, keys and lists as they lie on the disk, with what several findings at once mean.
import { readEnvFile } from '../../env-file.ts'
import { CERTIFICATES_DIR, ENV_FILE } from '../../paths.ts'
import { error, type Problem } from '../../problem.ts'
import { clockProblems, readLeaves } from '../../tls/clock.ts'
import { caKeyOf } from '../../tls/ca-key.ts'
import { checkCertificateSet } from '../../tls/certificate-set.ts'
import { CA, leaves, replaceCommand } from '../../tls/layout.ts'
import type { Check } from '../check.ts'

/** The problem behind leaves of which `ca.crt` signed none: it is the file that is wrong, not each of them. Pure. */
export function wrongAuthority(problems: readonly Problem[], leafCount: number): Problem[] {
  const foreign = problems.filter(({ id }) => id === 'certificate-foreign-ca')
  if (foreign.length < Math.max(leafCount, 2)) return []
  return [error('ca-wrong', `certificates/${CA.certificate}`, `it signed none of the ${foreign.length} certificates beside it: another CA's certificate lies here`, `put back the ca.crt that signed them; ${replaceCommand('ca')} makes a new CA and everything that it signs`)]
}

export const files: Check = {
  area: 'certificates',
  title: 'Chains, dates, names, purposes and keys hold',
  needs: 'nothing',
  run: async ({ parts }) => {
    const { sites, superlink } = await parts()
    const now = new Date()
    const dir = CERTIFICATES_DIR
    const { problems, certificates } = await checkCertificateSet({ dir, sites, superlink, caKey: caKeyOf(dir, process.env, readEnvFile(ENV_FILE)), now })
    const present = readLeaves(dir, leaves(sites))
    const isAboutTime = problems.some(({ id }) => id === 'certificate-not-yet-valid' || id === 'certificate-expired')
    return [...(isAboutTime ? clockProblems(dir, present, now) : []), ...wrongAuthority(problems, certificates.length - 1), ...problems]
  },
}
