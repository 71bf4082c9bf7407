/**
 * The queues in pipeline order: what each takes, how a job is named, how often and how fast it is attempted.
 * This table is the glossary of the pipeline; `workers/main.ts` must have a worker for every entry.
 *
 * A job is a reminder, never the truth: it carries an id, may be lost, and may run twice (design rule 1).
 */
import { z } from 'zod'
import { keysOf } from '../src/domain/keys-of.ts'
import { reportName, reportSchema, rowId } from './payloads.ts'

/** Every queue, in the order a rebuild passes them; `decide` is the gate's. */
export const CATALOG = {
  intake: define({
    does: 'decides what a message from the bus means, and opens the event it starts',
    payload: z.object({ inboxId: rowId }),
    jobId: ({ inboxId }) => `intake-${inboxId}`,
    attempts: 5,
    backoffMs: 1000,
    concurrency: 20,
  }),
  discover: define({
    does: 'finds every image an event affects and stores what it found',
    payload: z.object({ eventId: rowId }),
    jobId: ({ eventId }) => `discover-${eventId}`,
    attempts: 5,
    backoffMs: 2000,
    concurrency: 2,
  }),
  plan: define({
    does: 'turns the findings into builds in dependency order',
    payload: z.object({ eventId: rowId }),
    jobId: ({ eventId }) => `plan-${eventId}`,
    attempts: 5,
    backoffMs: 1000,
    concurrency: 5,
  }),
  submit: define({
    does: 'submits one build to the build system, exactly once per try',
    payload: z.object({ buildId: rowId }),
    jobId: ({ buildId }) => `submit-${buildId}`,
    attempts: 5,
    backoffMs: 1000,
    concurrency: 100,
  }),
  poll: define({
    does: 'checks all running tasks and waiting composes at once, for ends that no message reported',
    payload: z.object({ slot: z.number().int() }),
    jobId: ({ slot }) => `poll-${slot}`,
    attempts: 1,
    backoffMs: 0,
    concurrency: 2,
    keepDoneS: 600,
  }),
  transition: define({
    does: 'applies what a report means to the state machine, wakes dependants, completes the event',
    payload: reportSchema,
    jobId: (report) => `transition-${reportName(report)}`,
    attempts: 8,
    backoffMs: 500,
    concurrency: 100,
  }),
  decide: define({
    does: 'judges the decisions on a subject again when a result or a waiver has arrived, and reports changes',
    payload: z.object({ subjectId: rowId, inboxId: rowId }),
    jobId: ({ subjectId, inboxId }) => `decide-${subjectId}-${inboxId}`,
    attempts: 5,
    backoffMs: 1000,
    concurrency: 50,
  }),
  publish: define({
    does: 'sends the waiting messages of an event or subject in order; done when the broker accepted them',
    payload: z.object({ eventId: rowId.nullable(), subjectId: rowId.optional(), upTo: rowId }),
    jobId: ({ eventId, subjectId, upTo }) =>
      `publish-${subjectId === undefined ? (eventId ?? 'none') : `subject-${subjectId}`}-${upTo}`,
    attempts: 8,
    backoffMs: 500,
    concurrency: 10,
  }),
  sweep: define({
    does: 'restores every job that is due according to the database, so that nothing can hang forever',
    payload: z.object({ slot: z.number().int() }),
    jobId: ({ slot }) => `sweep-${slot}`,
    attempts: 1,
    backoffMs: 0,
    concurrency: 3,
    keepDoneS: 600,
  }),
}

/** The name of a queue, of its worker file and of the first part of its job ids. */
export type QueueName = keyof typeof CATALOG
/** What a job of queue `N` carries. */
export type Payload<N extends QueueName> = z.infer<(typeof CATALOG)[N]['payload']>

/** All queue names in pipeline order. */
export const QUEUE_NAMES = keysOf(CATALOG)

type Definition<P> = {
  /** One sentence: what the worker does with the job. */
  does: string
  payload: z.ZodType<P>
  /** `<what>-<id>`: adding it again while it waits or runs changes nothing. */
  jobId: (payload: P) => string
  attempts: number
  /** Delay before the second attempt; doubles with each further one. */
  backoffMs: number
  /** Jobs that run at a time in one process. */
  concurrency: number
  /** Seconds a finished job's id stays taken (default: none); for jobs named after a time slot. */
  keepDoneS?: number
}

function define<P>(definition: Definition<P>): Definition<P> {
  return definition
}
