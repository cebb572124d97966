// What a status can find wrong with the federation.
import type { Entries } from './entries.ts'

export const STATUS = {
  'not-running': ['error', 'the federation does not run'],
  'not-ready': ['error', 'it was not ready in time, or is not ready for a run'],
  'container-missing': ['error', 'one container does not exist'],
  'container-stopped': ['error', 'it exists and does not run'],
  'container-paused': ['error', 'it is paused'],
  'container-restarting': ['error', 'it ends again and again'],
  'volume-in-use': ['error', "a stop should delete the volume, and a container that is not the deployment's holds it"],
  'image-in-use': ['error', 'the same of an image'],
  'container-starting': ['error', 'it is not healthy yet'],
  'container-unhealthy': ['error', 'its check fails; the reason is given'],
  'supernode-offline': ['error', 'its container runs, and the SuperLink does not have it online'],
  'supernode-revoked': ['warning', 'a SuperNode of the compose file has a key that was revoked'],
  'site-offline': ['warning', 'a SuperNode on another machine is not online'],
  'state-unreadable': ['error', "the SuperLink's state cannot be read"],
  'peer-refused': ['warning', 'somebody was refused at a port within the last hour: who, how often, why'],
  'volume-full': ['error', 'a volume has no room left: which, and how much is free where'],
  'volume-low': ['warning', 'a volume has little room left: less than 5 % (at least 64 MiB, at most 2 GiB)'],
  'state-damaged': ['warning', "the SuperLink's database was damaged, was kept aside, and a clean one was begun; told until the kept file is removed"],
  'state-lost': ['warning', 'it was deleted or emptied, and a clean one was begun; told until the file that notes it is removed'],
  'container-weakened': ['warning', 'a container has less protection than the compose file gives it'],
  'launcher-plain': ['warning', 'Flower is not 1.22.0 to the letter, so it runs unchanged at its own pace'],
  'warm-start-failed': ['warning', 'tasks are started the slow way: something cannot be imported, or the process that forks them died'],
  'apps-unconfined': ['warning', "apps are not kept from their container's TLS key, since the host's kernel has no Landlock"],
} as const satisfies Entries
