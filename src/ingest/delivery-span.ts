/** The span of a delivery: from its arrival until the broker is answered; where the trace of an advisory begins (docs/tracing.md). */
import { SpanKind } from '@opentelemetry/api'
import type { HeldDelivery } from '../bus/receive.ts'
import { isNews, type Reading, type Trace } from '../domain/message.ts'
import { openEntrySpan } from '../lib/tracing/span.ts'

/** Continues the trace that the message names, in its properties or, for results and waivers, in its body. */
export function traceDelivery(
  held: HeldDelivery,
  reading: Reading,
): { held: HeldDelivery; trace: Trace | null } {
  const { delivery } = held
  const attributes = {
    'messaging.system': 'amqp',
    'messaging.operation.name': 'receive',
    'messaging.operation.type': 'receive',
    'messaging.destination.name': delivery.topic,
    'messaging.message.id': delivery.messageId,
    'messaging.message.body.size': delivery.body.length,
    'freshwave.reading': reading.outcome,
  }
  const start = { name: 'receive', kind: SpanKind.CONSUMER, attributes }
  const { trace, end } = openEntrySpan(start, { parent: senderOf(held, reading) })
  const ending = (settle: () => void) => () => {
    settle()
    end()
  }
  return { held: { ...held, accept: ending(held.accept), release: ending(held.release) }, trace }
}

function senderOf({ delivery }: HeldDelivery, reading: Reading): Trace | null {
  const { traceparent, tracestate } = delivery.properties
  if (traceparent !== undefined) return { traceparent, tracestate }
  return reading.outcome === 'meaning' && isNews(reading.meaning) ? reading.meaning.trace : null
}
