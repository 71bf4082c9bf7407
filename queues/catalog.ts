/**
 * The queues in pipeline order: what each takes, how a job is named, how often and how fast it is tried.
 * This table is the glossary of the pipeline; `workers/main.ts` must have a worker for every entry.
 *
 * A job is a reminder, never the truth: it carries an id, may be lost, and may run twice (design rule 1).
 */
import { z } from 'zod'

const id = z.number().int().positive()

/** A fact for the state machine, as a job carries it: who says it is looked up again when the job runs. */
export const transitionFactSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('task-ended'),
    taskId: z.number().int(),
    state: z.enum(['CLOSED', 'FAILED', 'CANCELED']),
  }),
  z.object({ kind: z.literal('task-lost'), taskId: z.number().int() }),
  z.object({
    kind: z.literal('compose-changed'),
    odcsComposeId: z.number().int(),
    state: z.enum(['done', 'removed', 'failed']),
  }),
  z.object({ kind: z.literal('recheck'), eventId: id }),
])
export type TransitionPayload = z.infer<typeof transitionFactSchema>

function factName(fact: TransitionPayload): string {
  if (fact.kind === 'recheck') return `event-${fact.eventId}`
  if (fact.kind === 'compose-changed') return `compose-${fact.odcsComposeId}-${fact.state}`
  return fact.kind === 'task-lost' ? `task-${fact.taskId}-lost` : `task-${fact.taskId}-${fact.state}`
}

type Definition<P> = {
  /** One sentence: what the worker does with the job. */
  does: string
  payload: z.ZodType<P>
  /** `<what>-<id>`: adding it again while it waits or runs changes nothing. */
  jobId: (payload: P) => string
  attempts: number
  /** Delay before the second try; doubles with each further one. */
  backoffMs: number
  /** Jobs at a time in one process. */
  concurrency: number
  /** How long a finished job's id stays taken (default: not at all); for jobs named after a slot of time. */
  keepDoneS?: number
}

const define = <P>(definition: Definition<P>): Definition<P> => definition

/** Every queue, in the order a rebuild passes them. */
export const CATALOG = {
  intake: define({
    does: 'decides what a message from the bus means, and opens the event it starts',
    payload: z.object({ inboxId: id }),
    jobId: ({ inboxId }) => `intake-${inboxId}`,
    attempts: 5,
    backoffMs: 1000,
    concurrency: 20,
  }),
  discover: define({
    does: 'finds every image an event affects and stores what it found',
    payload: z.object({ eventId: id }),
    jobId: ({ eventId }) => `discover-${eventId}`,
    attempts: 5,
    backoffMs: 2000,
    concurrency: 2,
  }),
  plan: define({
    does: 'turns the findings into builds in dependency order',
    payload: z.object({ eventId: id }),
    jobId: ({ eventId }) => `plan-${eventId}`,
    attempts: 5,
    backoffMs: 1000,
    concurrency: 1,
  }),
  submit: define({
    does: 'submits one build to the build system, once for each try',
    payload: z.object({ buildId: id }),
    jobId: ({ buildId }) => `submit-${buildId}`,
    attempts: 5,
    backoffMs: 1000,
    concurrency: 100,
  }),
  poll: define({
    does: 'asks for all running tasks and waiting composes at once, for what the bus did not tell',
    payload: z.object({ slot: z.number().int() }),
    jobId: ({ slot }) => `poll-${slot}`,
    attempts: 1,
    backoffMs: 0,
    concurrency: 1,
    keepDoneS: 600,
  }),
  transition: define({
    does: 'applies a fact to the state machine, wakes dependants, completes the event',
    payload: transitionFactSchema,
    jobId: (fact) => `transition-${factName(fact)}`,
    attempts: 8,
    backoffMs: 500,
    concurrency: 100,
  }),
  publish: define({
    does: 'sends the waiting messages of an event in order; done when the broker has them',
    payload: z.object({ eventId: id.nullable(), upTo: id }),
    jobId: ({ eventId, upTo }) => `publish-${eventId ?? 'none'}-${upTo}`,
    attempts: 8,
    backoffMs: 500,
    concurrency: 10,
  }),
  // The name `decide` is kept free: re-judging a gating decision when a result or a waiver arrives.
  sweep: define({
    does: 'puts back every reminder that the database says is due, so that nothing can hang for ever',
    payload: z.object({ slot: z.number().int() }),
    jobId: ({ slot }) => `sweep-${slot}`,
    attempts: 1,
    backoffMs: 0,
    concurrency: 1,
    keepDoneS: 600,
  }),
}

/** The name of a queue, of its worker file and of the first part of its job ids. */
export type QueueName = keyof typeof CATALOG
/** What a job of queue `N` carries. */
export type Payload<N extends QueueName> = z.infer<(typeof CATALOG)[N]['payload']>

/** All queue names in pipeline order. */
export const QUEUE_NAMES = Object.keys(CATALOG) as QueueName[] // the keys of a literal object are its type's keys
