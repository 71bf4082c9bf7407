/** Submits container builds: many in one request, each at most once. */
import { z } from 'zod'
import type { ContainerRequest } from '../../../domain/rebuild/submit/container-request.ts'
import type { BatchResult } from '../../../lib/async/batch.ts'
import { createBatcher } from '../../../lib/async/batcher.ts'
import type { TokenBucket } from '../../../lib/async/token-bucket.ts'
import { messageOf, NotReady, OutcomeUnknown } from '../../../lib/errors.ts'
import { MAX_INTEGER } from '../../../lib/storable.ts'
import type { XmlRpcValue } from '../../../lib/xmlrpc/index.ts'
import { calls } from '../hub/calls.ts'
import { checked } from '../hub/checked.ts'
import { KojiFault } from '../hub/fault.ts'
import { multiCall, writeResults } from '../hub/multicall.ts'
import { type Reads, unwritableFault } from '../hub/reads.ts'
import type { Session } from '../hub/session.ts'
import type { Call } from '../hub/transport.ts'
import { userSchema } from '../schemas/hub.ts'
import { type ListedTask, taskListSchema } from './listed-tasks.ts'

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

const taskIdSchema = z.number().int().min(1).max(MAX_INTEGER)

/** The results of submissions, and of the reads that they carried. */
type Submitted = { results: BatchResult<number>[]; carried?: BatchResult<XmlRpcValue>[] }
type Submission = { request: ContainerRequest; isWanted: () => boolean }
const AGAIN_MS = 1000

/** Submissions gather while one request is under way, and until `bucket` lets the next one go, which takes waiting `reads` along. */
export function createSubmissions(
  session: Session,
  reads: Pick<Reads, 'addCarrier' | 'report'>,
  bucket: TokenBucket,
): Submissions {
  let ownerId: Promise<number | null> | undefined

  /** The id of our user in the hub, which does not change while this process runs. */
  function owner(): Promise<number | null> {
    ownerId ??= readOwner(session).catch((error) => {
      ownerId = undefined
      throw error
    })
    return ownerId
  }

  async function submit(submissions: Submission[], along: Call[]): Promise<Submitted> {
    const wanted = submissions.filter(({ isWanted }) => isWanted())
    const toSend = wanted.map(({ request }) => calls.buildContainer(request))
    if (toSend.length === 0) return { results: submissions.map(leftOut) }
    const check = () => {
      if (!wanted.every(({ isWanted }) => isWanted())) throw unwanted()
    }
    const answer = await session.call(multiCall([...toSend, ...along]), 'write', check)
    const results = writeResults('buildContainer', answer, toSend.length + along.length)
    const ids = results.splice(0, toSend.length).map(taskIdOf)
    return {
      results: submissions.map((submission) => ids[wanted.indexOf(submission)] ?? leftOut()),
      carried: results,
    }
  }

  async function find(since: Date[]): Promise<BatchResult<ListedTask[]>[]> {
    const earliest = new Date(Math.min(...since.map((date) => date.getTime())))
    const call: Call = calls.containerTasks(earliest, await owner())
    const { tasks } = checked(call, taskListSchema, await session.call(call, 'read'), reads.report)
    return since.map(() => ({ ok: true, value: tasks }))
  }

  const submitBatched = reads.addCarrier(submit)
  const findBatched = createBatcher({ run: find, maxItems: Number.POSITIVE_INFINITY, bucket, maxInFlight: 1 }) // one session, one call at a time
  return {
    submitContainer: async (request, isWanted = () => true) => {
      const fault = unwritableFault(calls.buildContainer(request)) // it would keep the others from being sent
      if (fault) throw fault
      return submitBatched({ request, isWanted })
    },
    findTasks: ({ since }) => findBatched(since),
  }
}

function leftOut(): BatchResult<number> {
  return { ok: false, error: unwanted() }
}

function unwanted(): NotReady {
  return new NotReady('nothing was sent: the submission was no longer wanted', AGAIN_MS)
}

function taskIdOf(result: BatchResult<XmlRpcValue>): BatchResult<number> {
  if (!result.ok) return result.error instanceof KojiFault ? result : fail(result.error)
  const read = taskIdSchema.safeParse(result.value)
  return read.success ? { ok: true, value: read.data } : fail(read.error)
}

/** An unreadable entry does not mean that nothing was done; it leaves the others as they are. */
function fail(error: Error): BatchResult<number> {
  return { ok: false, error: new OutcomeUnknown(`buildContainer: ${messageOf(error)}`, { cause: error }) }
}

async function readOwner(session: Session): Promise<number | null> {
  const call = calls.loggedInUser()
  return checked(call, userSchema, await session.call(call, 'read'), undefined)?.id ?? null
}
