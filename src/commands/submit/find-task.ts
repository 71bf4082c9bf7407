/** Searches the build system for the task of a try whose submission was interrupted (design rule 6). */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { Context } from '../../context.ts'
import { tasksOfOtherBuilds } from '../../db/queries/running-tasks.ts'
import { shortList } from '../../domain/rebuild/consideration.ts'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { searchTasks } from '../../domain/rebuild/submit/search-tasks.ts'
import { NotVerifiable } from '../../lib/errors.ts'

/** How long a claim lasts without a sign of life; also the time given to a request whose sender was killed. */
export const LEASE_MS = 8000
/** The build system's clock may differ from ours by this much. */
const CLOCK_SKEW_MS = 3_600_000

/** A try: its build, what was sent, and since when a task of it may exist. */
type Interrupted = { buildId: number; request: ContainerRequest; since: Date }

/**
 * The task with this source and release, which identify a try, if one was created after `since`.
 * @throws NotVerifiable while a task that cannot be read may be the one
 */
export async function findTask(
  ctx: Context,
  koji: KojiClient,
  { buildId, request, since }: Interrupted,
): Promise<number | undefined> {
  const tasks = await koji.findTasks({ since: new Date(since.getTime() - CLOCK_SKEW_MS) })
  const { source, opts } = request
  const { found, possible } = searchTasks(tasks, { source, release: opts.release })
  ctx.log.info({ build: buildId, found, possible }, 'searched for the task of an interrupted submission')
  if (found !== undefined || possible.length === 0) return found
  const ids = possible.flatMap(({ id }) => id ?? [])
  const foreign = await tasksOfOtherBuilds(ctx.db.fork(), buildId, ids)
  const doubtful = possible.filter(({ id }) => id === undefined || !foreign.has(id))
  if (doubtful.length === 0) return undefined
  const which = doubtful.map(({ id }) => (id === undefined ? 'one without a readable id' : String(id)))
  throw new NotVerifiable(
    `Koji lists tasks that may be the one submitted before, but cannot be read: ${shortList(which)}`,
  )
}
