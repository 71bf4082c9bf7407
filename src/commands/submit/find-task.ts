/** Searches the build system for the task of a try whose submission was interrupted (design rule 6). */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'

/** How long a claim lasts without a sign of life; also the time given to a request whose sender was killed. */
export const LEASE_MS = 8000
/** The build system's clock may differ from ours by this much. */
const CLOCK_SKEW_MS = 3_600_000

/** The task with this source and release, which identify a try, if one was created after `since`. */
export async function findTask(
  koji: KojiClient,
  request: ContainerRequest,
  since: Date,
): Promise<number | undefined> {
  const tasks = await koji.findTasks({ since: new Date(since.getTime() - CLOCK_SKEW_MS) })
  return tasks.find((task) => task.source === request.source && task.release === request.opts.release)?.id
}
