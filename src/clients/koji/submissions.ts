/** Asking for container builds: many at once in one request, each at most once. */

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

/** Submitting, and finding out what became of a submission whose answer was lost. */
export type Submissions = {
  /**
   * The id of the new task. Rejects with `KojiFault` when the hub refused this one, `UpstreamError` when nothing was
   * done, and `OutcomeUnknown` when it may have been: then `findTasks` tells. Submissions gather before they are sent:
   * one that is no longer wanted by then is left out and rejects with `NotReady`.
   */
  submitContainer(request: ContainerRequest, isWanted?: () => boolean): Promise<number>
  /**
   * Container tasks of our own user created after `since` by the hub's clock; also earlier ones when somebody else is
   * asking for those at the same time, since all who ask together share one request.
   */
  findTasks(options: { since: Date }): Promise<ListedTask[]>
}

const taskIdSchema = z.number().int()

type Submission = { request: ContainerRequest; isWanted: () => boolean }
const RETRY_MS = 1000

/** `windowMs` is the time in which submissions gather while one request is under way. */
export function createSubmissions(session: Session, windowMs: number): Submissions {
  let ownerId: Promise<number | null> | undefined

  /** The hub knows our number; it does not change while this process lives. */
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
  return { ok: false, error: new NotReady('nothing was sent: it was no longer wanted', RETRY_MS) }
}

/** An answer that cannot be understood comes too late to say that nothing was done. */
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
