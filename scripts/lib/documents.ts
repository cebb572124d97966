// The documents that scripts print with --json, as types. `npm run docs` makes a JSON schema of each, in schemas/.
import type { Accepted } from './audit/accepted.ts'
import type { Facts } from './backup/facts.ts'
import type { DoctorDocument } from './doctor/document.ts'
import type { Things } from './docker/removal.ts'
import type { Problem } from './problem.ts'
import type { Refreshed } from './refresh/refresh.ts'
import type { Restored } from './restore/restore.ts'
import type { PrintedRun } from './run/document.ts'
import type { ListedRun, StatusDocument } from './status/document.ts'
import type { CertificateStatus } from './tls/certificate-status.ts'
import type { Made } from './tls/drafts.ts'

type Done = {
  /** The command did what it was called for. */
  ok: true
}

type Named = {
  /** The SuperNode, as supernode-3. */
  name: string
}

type BackupFile = {
  /** Absolute path of the backup. */
  file: string
  /** Its size in bytes. @integer @minimum 0 */
  bytes: number
  /** Whether it opens with a passphrase only. */
  encrypted: boolean
  /** How many files are in it. @integer @minimum 0 */
  files: number
}

type ProvedBackup = Done & BackupFile & Facts & {
  /** What its files have in all, in bytes, without the archive's own headers. @integer @minimum 0 */
  contentBytes: number
}

/** One accepted advisory of a locked package. */
type AcceptedHere = Accepted & {
  /** The package's locked version. */
  version: string
}

/** Each document by its name: that of its schema's file in schemas/, and what a script's command lists as its `documents`. */
export type Documents = {
  /** Why a command failed, where its operator can mend it: exit code 1, of every script. */
  failed: {
    /** The command did not do what it was called for. */
    ok: false
    /** What is wrong, with its evidence and the way to mend it. */
    problems: readonly Problem[]
  }
  /** The federation's true state: check-status.ts, and start-secure.ts at its end. */
  status: StatusDocument
  /** What is wrong and why: doctor.ts. */
  doctor: DoctorDocument
  /** A run that was watched: run-federation.ts, also with --attach. */
  run: PrintedRun
  /** The runs that the SuperLink knows: run-federation.ts --list. */
  runs: {
    /** Oldest first. */
    runs: ListedRun[]
  }
  /** A run that was ended: run-federation.ts --stop. */
  'run-stopped': Done & {
    /** The run, an unsigned 64-bit number as a decimal string. @decimal */
    runId: string
    /** Its status from now on. */
    status: 'finished:stopped'
  }
  /** What a stop removed and what it left: stop-secure.ts. */
  stopped: Done & {
    /** What is gone. */
    removed: Things & {
      /** Names of containers. */
      containers: readonly string[]
    }
    /** What is there still. */
    kept: Things
  }
  /** A backup that was written: backup.ts. */
  backup: Done & BackupFile & Facts & {
    /** What is not in it: warnings only. */
    problems: readonly Problem[]
  }
  /** A backup that is good to the byte: restore.ts --verify. */
  'backup-proved': ProvedBackup
  /** A backup that was restored: restore.ts. */
  restored: ProvedBackup & {
    /** What was put in place from it. */
    restored: Restored
  }
  /** Images that were built from today's packages, with what that changed: refresh-images.ts. */
  refreshed: Done & Refreshed
  /** Every advisory about a locked package is accepted: audit-packages.ts. */
  audited: Done & {
    /** How many packages, by name and version, the database knows. @integer @minimum 0 */
    audited: number
    /** The advisories that are there and accepted. */
    accepted: readonly AcceptedHere[]
    /** Entries that accept nothing any more: warnings only. */
    problems: readonly Problem[]
  }
  /** Certificates and keys that exist now: gen-certs.ts, and its words ca, server, client. */
  'certificates-made': Done & {
    /** What is new. */
    made: readonly Made[]
    /** Files that were there and stay, with certificates/ in front. */
    kept: readonly string[]
    /** Sentences for the operator. */
    notes: readonly string[]
  }
  /** The whole of certificates/, checked: gen-certs.ts --check. */
  'certificates-checked': {
    /** Whether nothing is due or wrong; a warning is enough for false. */
    ok: boolean
    /** Each certificate that the federation needs. */
    certificates: readonly CertificateStatus[]
    /** What is due or wrong. */
    problems: readonly Problem[]
  }
  /** Any one certificate, checked: gen-certs.ts verify. */
  'certificate-verified': {
    /** Whether it holds. */
    ok: boolean
    /** Why it does not. */
    problems: readonly Problem[]
  }
  /** A site's request for certificates: gen-certs.ts request. */
  'site-requested': Done & Named & {
    /** The request's own identifier. */
    id: string
    /** The file to send to the coordinator, as it was named. */
    file: string
    /** SHA-256 of the site's node key, to be told by another way. */
    fingerprint: string
  }
  /** A site's request, answered: gen-certs.ts sign. */
  'site-signed': Done & Named & {
    /** The kit to send to the site, as it was named. */
    file: string
    /** HOST:PORT at which the site reaches the SuperLink. */
    superlink: string
    /** SHA-256 of the CA's certificate, to be told by another way. */
    caFingerprint: string
    /** SHA-256 of the site's node key, which its site must read out the same. */
    nodeKey: string
    /** End of the site's certificates. @time */
    notAfter: string
    /** Whether a running SuperLink admits the key already. */
    live: boolean
  }
  /** A kit that was installed: gen-certs.ts join. */
  'site-joined': Done & Named & {
    /** HOST:PORT of the SuperLink. */
    superlink: string
    /** What was written, with certificates/ in front; empty when it was installed before. */
    files: readonly string[]
  }
  /** Certificates and keys that were renewed while the federation ran: rotate-certs.ts, also --undo and ca. */
  rotated: Done & {
    /** The set in force, by the time of its making (2026-11-25T06-51-49Z); null where there is none. */
    set: string | null
    /** What is new. */
    made: readonly Made[]
    /** Services that took it into use without a restart. */
    renewed: readonly string[]
    /** Services that were restarted for it. */
    restarted: readonly string[]
    /** For how many seconds each published API (Fleet, Control) did not answer. @minimum 0 */
    awaySeconds: Readonly<Record<string, number>>
    /** Sentences for the operator. */
    notes: readonly string[]
  }
  /** A SuperNode's new key: rotate-certs.ts node N. */
  'node-key-replaced': Done & Named & {
    /** SHA-256 of the new key. */
    key: string
    /** SHA-256 of the old one, which is refused from now on. */
    before: string
    /** For how many seconds the SuperNode was offline. @minimum 0 */
    secondsAway: number
  }
  /** A SuperNode that was shut out: rotate-certs.ts revoke N. */
  'node-revoked': Done & Named & {
    /** SHA-256 of its key. */
    key: string
    /** Whether a running SuperLink refuses it already; otherwise its next start does. */
    live: boolean
  }
  /** A host that has what the federation needs: setup-host.ts, also with --check. */
  host: Done & {
    /** Test tools that could not be had: warnings only. */
    problems: readonly Problem[]
    /** Version of Docker Engine. */
    engine: string | null
    /** Version of compose. */
    compose: string | null
    /** Version of buildx. */
    buildx: string | null
    /** The base image that the Dockerfiles start from; not told with --check. */
    baseImage?: string
  }
}

export type DocumentName = keyof Documents

/** The text of `document`, as --json prints it. */
export function jsonText<Name extends DocumentName>(_name: Name, document: Documents[Name]): string {
  return JSON.stringify(document, null, 2)
}
