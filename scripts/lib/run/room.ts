// Why the SuperLink refused something for which Flower gives no reason: a volume may be full.
import type { Deployment } from '../deployment.ts'
import { connectEngine } from '../docker/engine.ts'
import { fullVolumes } from '../docker/room.ts'
import { ProblemError } from '../problem.ts'

/** What `ask` gives; what it throws, with the volumes that are full where the SuperLink itself has failed. */
export async function withRoomTold<T>(deployment: Deployment, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (failure) {
    if (!(failure instanceof ProblemError) || !failure.problems.some(({ id }) => id === 'submit-failed' || id === 'stop-failed')) throw failure
    throw new ProblemError([...failure.problems, ...(await fullVolumes(await connectEngine(), deployment, signal))], { cause: failure })
  }
}
