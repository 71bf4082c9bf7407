/** Searches the build system for the task of an attempt whose submission was interrupted (design rule 6). */
import type { KojiClient } from '../../clients/koji/client.ts'
import type { ListedTask } from '../../clients/koji/tasks/listed-tasks.ts'
import type { Context } from '../../context.ts'
import { tasksOfAnyAttempt, tasksOfOtherBuilds } from '../../db/queries/running-tasks.ts'
import { isAttemptOver, takeNvr } from '../../db/queries/submit/build-claim.ts'
import { shortList } from '../../domain/rebuild/consideration.ts'
import type { ClaimedBuild } from '../../domain/rebuild/submit/claimed-build.ts'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { lostTasks } from '../../domain/rebuild/submit/lost-tasks.ts'
import { CLOCK_SKEW_MS, searchTasks } from '../../domain/rebuild/submit/search-tasks.ts'
import { isOfThing, NotReady, NotVerifiable } from '../../lib/errors.ts'

/** An attempt: its build, what was sent, and since when a task of it may exist. */
type Interrupted = { buildId: number; request: ContainerRequest; since: Date }

/**
 * The task with this source and release, which identify an attempt, if one was created after `since`.
 * @throws NotVerifiable while a task that cannot be read may be the one
 */
export async function findTask(
  ctx: Context,
  koji: KojiClient,
  { buildId, request, since }: Interrupted,
): Promise<number | undefined> {
  const tasks = await listTasks(koji, since)
  const { source, opts } = request
  const { found, possible } = searchTasks(tasks, { source, release: opts.release })
  ctx.log.info({ build: buildId, found, possible }, 'searched for the task of an interrupted submission')
  if (found !== undefined || possible.length === 0) return found
  const ids = possible.flatMap(({ id }) => id ?? [])
  const foreign = await tasksOfOtherBuilds(ctx.db.fork(), buildId, ids)
  const doubtful = possible.filter(({ id }) => id === undefined || !foreign.has(id))
  refuseDoubtful(doubtful)
  return undefined
}

/**
 * Tasks with this source and release, which identify an attempt, that no build has and none will take: the attempt continues in another task, or
 * its build has ended.
 */
export async function findSurplus(
  ctx: Context,
  koji: KojiClient,
  { buildId, source, release, since }: { buildId: number; source: string; release: string; since: Date },
): Promise<number[]> {
  const tasks = await listTasks(koji, since)
  const ids = tasks.flatMap((task) =>
    task.id !== undefined && task.source === source && task.release === release ? [task.id] : [],
  )
  if (ids.length === 0) return []
  const isOver = await isAttemptOver(ctx.db.fork(), buildId, release)
  const known = await tasksOfAnyAttempt(ctx.db.fork(), ids)
  return isOver || known.size > 0 ? ids.filter((id) => !known.has(id)) : []
}

/**
 * The task that was submitted for this build after the moment to which the database was restored, if there is one that no build has; the
 * build then has its name (decision 0063). @throws NotVerifiable while a task that cannot be read may be one, NotReady when another
 * build has just taken it
 */
export async function takeLostTask(
  ctx: Context,
  koji: KojiClient,
  { id: buildId, claim, originalNvr, lostSince, isShipped }: ClaimedBuild,
  request: ContainerRequest,
): Promise<number | undefined> {
  if (!lostSince || originalNvr === null) return undefined
  const listed = await listTasks(koji, lostSince)
  const suffix = ctx.settings.file.rebuilt_nvr_release_suffix
  const wanted = { request, originalNvr, suffix, since: lostSince, isShipped }
  const { tasks, doubtful } = lostTasks(listed, wanted)
  const ids = [...tasks, ...doubtful].flatMap(({ id }) => id ?? [])
  const known = await tasksOfAnyAttempt(ctx.db.fork(), ids)
  const [task] = tasks.filter(({ id }) => !known.has(id))
  ctx.log.info(
    { build: buildId, found: task },
    'searched for a task that the restored database does not know',
  )
  if (!task) {
    refuseDoubtful(doubtful.filter(({ id }) => id === undefined || !known.has(id)))
    return undefined
  }
  if (await ctx.db.transaction((em) => takeNvr(em, { buildId, claim, nvr: task.nvr }))) return task.id
  throw new NotReady(`another build has just taken task ${task.id}`, 1000)
}

/** @throws NotVerifiable if there are any */
function refuseDoubtful(tasks: readonly { id: number | undefined }[]): void {
  if (tasks.length === 0) return
  const which = tasks.map(({ id }) => (id === undefined ? 'one without a readable id' : String(id)))
  throw new NotVerifiable(
    `Koji lists tasks that may be the one submitted before, but cannot be read: ${shortList(which)}`,
  )
}

/** @throws NotVerifiable while the hub refuses the list or the list as a whole cannot be read */
async function listTasks(koji: KojiClient, since: Date): Promise<ListedTask[]> {
  try {
    return await koji.findTasks({ since: new Date(since.getTime() - CLOCK_SKEW_MS) })
  } catch (error) {
    throw isOfThing(error) ? new NotVerifiable(`Koji cannot list our tasks: ${error.message}`) : error
  }
}
