/** The span of one attempt of a job, as a part of the traces that its rows belong to (docs/tracing.md). */
import { SpanKind } from '@opentelemetry/api'
import { CATALOG, type Payload, type QueueName } from '../../queues/catalog.ts'
import type { Context } from '../../src/context.ts'
import { tracesOfJob } from '../../src/db/queries/traces.ts'
import { messageOf } from '../../src/lib/errors.ts'
import { isTracing } from '../../src/lib/tracing/carrier.ts'
import { inEntrySpan, type SpanOrigin } from '../../src/lib/tracing/span.ts'

/** Queues whose jobs look at all events at once, and so belong to the trace of none. */
const BATCHED: readonly QueueName[] = ['poll']

/** Ids in payloads, by the names of their attributes. */
const IDS: Record<string, string> = {
  inboxId: 'freshwave.inbox.id',
  eventId: 'freshwave.event.id',
  buildId: 'freshwave.build.id',
  subjectId: 'freshwave.subject.id',
  taskId: 'koji.task.id',
  odcsComposeId: 'odcs.compose.id',
}

/** A job as the queue store has it. */
type Attempt = { id?: string; data: unknown; attemptsStarted: number }

/** Runs `work` in a span that continues the first of the job's traces and links to the others. Costs a query while traces are recorded. */
export async function inJobSpan(
  ctx: Context,
  queue: QueueName,
  job: Attempt,
  work: () => Promise<void>,
): Promise<void> {
  if (!isTracing()) return work()
  const start = { name: `process ${queue}`, kind: SpanKind.CONSUMER, attributes: attributesOf(queue, job) }
  return inEntrySpan(start, await originOf(ctx, queue, job), work)
}

/** Never rejects: the work is done even when its traces cannot be found. */
async function originOf(ctx: Context, queue: QueueName, job: Attempt): Promise<SpanOrigin> {
  try {
    const payload: Payload<QueueName> = CATALOG[queue].payload.parse(job.data)
    const traces = await tracesOfJob(ctx.db.fork(), queue, payload)
    if (BATCHED.includes(queue)) return { links: traces }
    const [parent = null, ...links] = traces
    return { parent, links }
  } catch (error) {
    ctx.log.debug({ queue, job: job.id, reason: messageOf(error) }, 'could not look up the trace of a job')
    return {}
  }
}

function attributesOf(queue: QueueName, job: Attempt) {
  const ids = Object.entries(Object(job.data)).flatMap(([field, id]) => {
    const name = IDS[field]
    return name && typeof id === 'number' ? [[name, id] as const] : []
  })
  return {
    'messaging.system': 'bullmq',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': queue,
    'messaging.message.id': job.id ?? '',
    'freshwave.job.attempt': job.attemptsStarted,
    ...Object.fromEntries(ids),
  }
}
