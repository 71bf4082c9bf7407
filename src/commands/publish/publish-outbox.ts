/** Sends the waiting messages of one event or subject, in the order they were written (design rule 3). */
import { SpanKind } from '@opentelemetry/api'
import type { OutgoingMessage } from '../../bus/send.ts'
import type { Context } from '../../context.ts'
import type { EntityManager } from '../../db/orm.ts'
import {
  lockWaitingMessages,
  markPublished,
  type OutboxRow,
  recordSendFailure,
  type Stream,
} from '../../db/queries/messages/outbox.ts'
import { messageOf, NotReady, UpstreamError } from '../../lib/errors.ts'
import { ofHandler } from '../../lib/metrics/counters.ts'
import { outgoingTrace } from '../../lib/tracing/carrier.ts'
import { inStoredSpan, type SpanStart } from '../../lib/tracing/span.ts'
import { asFedoraMessage } from '../../present/gate/decision-update.ts'

type PublishContext = Pick<Context, 'db' | 'settings' | 'metrics' | 'now' | 'bus' | 'endWork'>

/** `more`: there may be further rows; `failure`: why the first row that is still waiting was not sent. */
type Step = { more: boolean; failure?: string }

/** Rows in one transaction: bounds how much is sent again after a crash. */
const CHUNK = 50
/** Rows end when no bus is configured too, so that the outbox does not grow without limit; this is what they record. */
const NOT_SENT = 'not sent: no bus is configured'

/**
 * Each row counts as published when the broker has accepted it. Safe to repeat: after a crash some go out again, with the same
 * message id. Concurrent runs take turns.
 * @throws UpstreamError when one was not accepted; it and those behind it stay, to be sent by the next attempt
 * @throws NotReady when the process stops before all are sent
 */
export async function publishOutbox(ctx: PublishContext, stream: Stream): Promise<void> {
  for (let more = true; more; ) {
    if (ctx.endWork.signal.aborted) throw new NotReady('the process is stopping: others send the rest', 0)
    const step = await ctx.db.transaction((em) => publishChunk(ctx, em, stream), { once: true })
    if (step.failure !== undefined)
      throw new UpstreamError({ service: 'bus', failure: 'unreachable', detail: step.failure })
    more = step.more
  }
}

async function publishChunk(ctx: PublishContext, em: EntityManager, stream: Stream): Promise<Step> {
  const rows = await lockWaitingMessages(em, stream, CHUNK)
  const sent: string[] = []
  let failure: string | undefined
  for (const row of rows) {
    if (ctx.endWork.signal.aborted) break
    failure = await send(ctx, row)
    if (failure !== undefined) {
      await recordSendFailure(em, row.id, failure)
      break
    }
    sent.push(row.id)
  }
  await markPublished(em, sent, ctx.now(), ctx.bus ? null : NOT_SENT)
  return failure === undefined
    ? { more: rows.length === CHUNK || sent.length < rows.length }
    : { more: false, failure }
}

/** The topic of messages about changed decisions, which have an address of their own. */
export const DECISION_UPDATE = 'decision.update'

function addressOf(topic: string, env: Context['settings']['env']): string {
  return topic === DECISION_UPDATE ? env.DECISION_UPDATE_DESTINATION : `${env.AMQP_TOPIC_PREFIX}.${topic}`
}

function sendSpan(address: string, topic: string, messageId: string): SpanStart {
  return {
    name: `send ${topic}`,
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': 'amqp',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': address,
      'messaging.message.id': messageId,
    },
  }
}

type Content = { payload: unknown; properties: OutgoingMessage['properties']; contentEncoding?: string }

function contentOf(row: OutboxRow, { decision_update_format: format }: Context['settings']['file']): Content {
  if (row.topic === DECISION_UPDATE && format === 'fedora-messaging')
    return asFedoraMessage(row.payload, row.createdAt)
  return { payload: row.payload, properties: row.properties }
}

function withTrace(properties: Content['properties']): Content['properties'] {
  const trace = outgoingTrace()
  return trace.traceparent === undefined ? properties : { ...properties, ...trace }
}

/** Why the broker did not take it; undefined when it did. */
async function send({ bus, settings, metrics }: PublishContext, row: OutboxRow): Promise<string | undefined> {
  if (!bus) return undefined
  const address = addressOf(row.topic, settings.env)
  const messageId = `freshwave-${row.id}`
  const { payload, properties, ...rest } = contentOf(row, settings.file)
  try {
    await inStoredSpan(row.trace, sendSpan(address, row.topic, messageId), () =>
      bus.send({
        address,
        messageId,
        subject: row.topic,
        body: JSON.stringify(payload),
        properties: withTrace(properties),
        createdAt: row.createdAt,
        ...rest,
      }),
    )
    metrics.count(ofHandler('messaging_tx_sent_ok', row.handler))
    return undefined
  } catch (error) {
    metrics.count(ofHandler('messaging_tx_failed', row.handler))
    return messageOf(error)
  }
}
