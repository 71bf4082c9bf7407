/** Submits container builds: many in one request, each at most once. */

import { z } from 'zod'
import type { ContainerRequest } from '../../domain/rebuild/submit/container-request.ts'
import { type BatchResult, createBatcher } from '../../lib/async/batch.ts'
import type { TokenBucket } from '../../lib/async/token-bucket.ts'
import { messageOf, NotReady, OutcomeUnknown } from '../../lib/errors.ts'
import type { ReportUnreadable } from '../../lib/records.ts'
import type { XmlRpcValue } from '../../lib/xmlrpc/index.ts'
import { calls } from './hub/calls.ts'
import { checked } from './hub/checked.ts'
import { KojiFault } from './hub/fault.ts'
import { multiCall, multiCallResults } from './hub/multicall.ts'
import { MAX_CALLS } from './hub/reads.ts'
import type { Session } from './hub/session.ts'
import type { Call } from './hub/transport.ts'
import { type ListedTask, taskListSchema } from './listed-tasks.ts'
import { userSchema } from './schema.ts'

/** Submitting, and looking up what became of a submission whose answer was lost. */
export type Submissions = {
  /**
   * The id of the new task. Rejects with `KojiFault` when the hub refused this one, `UpstreamError` when nothing was
   * done, and `OutcomeUnknown` when it may have been: then `findTasks` finds out. Submissions gather before they are sent:
   * one that is no longer wanted by then is dropped and rejects with `NotReady`.
   */
  submitContainer(request: ContainerRequest, isWanted?: () => boolean): Promise<number>
  /**
   * Container tasks of our own user created after `since` by the hub's clock; also earlier ones when another caller
   * requests those at the same time, since concurrent callers share one request.
   */
  findTasks(options: { since: Date }): Promise<ListedTask[]>
}

const taskIdSchema = z.number().int().min(1).max(2_147_483_647)

type Submission = { request: ContainerRequest; isWanted: () => boolean }
const AGAIN_MS = 1000

/** Submissions gather while one request is under way, and until `bucket` lets the next one go. */
export function createSubmissions(
  session: Session,
  { bucket, report }: { bucket: TokenBucket; report: ReportUnreadable | undefined },
): Submissions {
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
    const toSend = wanted.map(({ request }) => calls.buildContainer(request))
    const ids =
      toSend.length > 0 ? taskIds(await session.call(multiCall(toSend), 'write'), toSend.length) : []
    return submissions.map((submission) => ids[wanted.indexOf(submission)] ?? leftOut())
  }

  async function find(since: Date[]): Promise<BatchResult<ListedTask[]>[]> {
    const earliest = Math.min(...since.map((date) => date.getTime())) / 1000
    const call: Call = calls.containerTasks(Math.floor(earliest), await owner())
    const { tasks } = checked(call, taskListSchema, await session.call(call, 'read'), report)
    return since.map(() => ({ ok: true, value: tasks }))
  }

  const gather = { bucket, maxInFlight: 1 } // one session, one call at a time
  const submitBatched = createBatcher({ run: submit, maxItems: MAX_CALLS, ...gather })
  const findBatched = createBatcher({ run: find, maxItems: Number.POSITIVE_INFINITY, ...gather })
  return {
    submitContainer: (request, isWanted = () => true) => submitBatched({ request, isWanted }),
    findTasks: ({ since }) => findBatched(since),
  }
}

function leftOut(): BatchResult<number> {
  return { ok: false, error: new NotReady('nothing was sent: it was no longer wanted', AGAIN_MS) }
}

/** An unreadable answer does not mean that nothing was done; one to a single submission leaves the others as they are. */
function taskIds(answer: XmlRpcValue, count: number): BatchResult<number>[] {
  try {
    return multiCallResults(answer, count).map(taskIdOf)
  } catch (error) {
    throw outcomeUnknown(error)
  }
}

function taskIdOf(result: BatchResult<XmlRpcValue>): BatchResult<number> {
  if (!result.ok) return result.error instanceof KojiFault ? result : fail(result.error)
  const read = taskIdSchema.safeParse(result.value)
  return read.success ? { ok: true, value: read.data } : fail(read.error)
}

function fail(error: Error): BatchResult<number> {
  return { ok: false, error: outcomeUnknown(error) }
}

function outcomeUnknown(error: unknown): OutcomeUnknown {
  return new OutcomeUnknown(`buildContainer: ${messageOf(error)}`, { cause: error })
}

async function readOwner(session: Session): Promise<number | null> {
  const call = calls.loggedInUser()
  return checked(call, userSchema, await session.call(call, 'read'), undefined)?.id ?? null
}
