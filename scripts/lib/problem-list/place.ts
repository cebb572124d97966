// What can be wrong with where the deployment is, and with its compose file.
import type { Entries } from './entries.ts'

export const PLACE = {
  'compose-invalid': ['error', 'the compose file cannot be read, or lacks the control network'],
  'no-supernode': ['error', 'it has no supernode-N'],
  'site-incomplete': ['error', 'a supernode-N without superexec-clientapp-N, or the other way round'],
  'partition-duplicate': ['error', 'two SuperNodes have the same partition-id'],
  'name-taken': ['error', 'a container of somebody else has one of our names'],
  'other-checkout': ['error', 'this federation was started from another directory'],
  'subnet-taken': ['error', 'a subnet overlaps that of another Docker network'],
  'port-taken': ['error', 'a published port is held by a program or container, which is named where it can be seen'],
  'address-unknown': ['error', 'a port is to be published on an address that this host does not have'],
  'image-missing': ['error', 'an image is not here and may not be built (`--no-build`) or was deleted'],
  'locked': ['error', 'another changing command is at work'],
} as const satisfies Entries
