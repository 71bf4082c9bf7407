/** Submits container builds: many in one request, each at most once. */

import { z } from 'zod'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { type BatchResult, createBatcher } from '../../lib/async/batch.ts'
import { messageOf, NotReady, OutcomeUnknown } from '../../lib/errors.ts'
import type { XmlRpcValue } from '../../lib/xmlrpc/index.ts'
import { calls } from './hub/calls.ts'
import { checkResult } from './hub/checked.ts'
import { multiCall, multiCallResults } from './hub/multicall.ts'
import { MAX_CALLS } from './hub/reads.ts'
import type { Session } from './hub/session.ts'
import type { Call } from './hub/transport.ts'
import { type ListedTask, taskListSchema, userSchema } from './schema.ts'

/** Submits builds, and finds out what happened to a submission whose answer was lost. */
export type Submissions = {
  /**
   * Returns the id of the new task. Rejects with `KojiFault` if the hub refused this build, `UpstreamError` if nothing
   * was submitted, and `OutcomeUnknown` if it may have been: then use `findTasks`. Submissions are collected before
   * they are sent: one that is no longer wanted by then is omitted and rejects with `NotReady`.
   */
  submitContainer(request: ContainerRequest, isWanted?: () => boolean): Promise<number>
  /**
   * Container tasks of our user created after `since`, by the hub's clock. The result may include earlier tasks:
   * simultaneous calls share one request, which uses the earliest `since`.
   */
  findTasks(options: { since: Date }): Promise<ListedTask[]>
}

const taskIdSchema = z.number().int()

type Submission = { request: ContainerRequest; isWanted: () => boolean }
const RETRY_MS = 1000

/** `windowMs` is how long submissions are collected while a request is in progress. */
export function createSubmissions(session: Session, windowMs: number): Submissions {
  let ownerId: Promise<number | null> | undefined

  /** Our user id at the hub; it does not change during the life of this process. */
  function owner(): Promise<number | null> {
    ownerId ??= readOwner(session).catch((error) => {
      ownerId = undefined
      throw error
    })
    return ownerId
  }

  async function submit(submissions: Submission[]): Promise<BatchResult<number>[]> {
    const wanted = submissions.filter(({ isWanted }) => isWanted())
    const builds = wanted.map(({ request }) => calls.buildContainer(request))
    const ids =
      builds.length > 0 ? taskIds(await session.call(multiCall(builds), 'write'), builds.length) : []
    return submissions.map((submission) => ids[wanted.indexOf(submission)] ?? leftOut())
  }

  async function find(since: Date[]): Promise<BatchResult<ListedTask[]>[]> {
    const earliest = Math.min(...since.map((date) => date.getTime())) / 1000
    const call: Call = calls.containerTasks(Math.floor(earliest), await owner())
    const tasks = checkResult(call, taskListSchema, await session.call(call, 'read'))
    return since.map(() => ({ ok: true, value: tasks }))
  }

  const gather = { windowMs, maxInFlight: 1 } // one session, one call at a time
  const submitBatched = createBatcher({ run: submit, maxItems: MAX_CALLS, ...gather })
  const findBatched = createBatcher({ run: find, maxItems: Number.POSITIVE_INFINITY, ...gather })
  return {
    submitContainer: (request, isWanted = () => true) => submitBatched({ request, isWanted }),
    findTasks: ({ since }) => findBatched(since),
  }
}

function leftOut(): BatchResult<number> {
  return {
    ok: false,
    error: new NotReady('not submitted: no longer wanted when the request was sent', RETRY_MS),
  }
}

/** An unreadable answer leaves the outcome unknown: the request itself was carried out. */
function taskIds(answer: XmlRpcValue, count: number): BatchResult<number>[] {
  try {
    return multiCallResults(answer, count).map((result) =>
      result.ok ? { ok: true, value: taskIdSchema.parse(result.value) } : result,
    )
  } catch (error) {
    throw new OutcomeUnknown(`buildContainer: ${messageOf(error)}`, { cause: error })
  }
}

async function readOwner(session: Session): Promise<number | null> {
  const call = calls.loggedInUser()
  return checkResult(call, userSchema, await session.call(call, 'read'))?.id ?? null
}
