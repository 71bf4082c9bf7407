import { describe, expect, it } from 'vitest'
import { readDelivery } from '../../../src/bus/delivery.ts'
import { readMessage, TOPIC_SUFFIXES } from '../../../src/bus/messages/routes.ts'
import { traceDelivery } from '../../../src/ingest/delivery-span.ts'
import { recordSpans } from '../../support/recorded-spans.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SENDER = `00-${TRACE_ID}-b7ad6b7169203331-01`
const RESULT = {
  id: 1,
  outcome: 'PASSED',
  submit_time: '2026-11-28T08:00:00',
  testcase: { name: 'dist.rpmdeplint' },
  data: { item: ['bash-5-1'], type: ['koji_build'] },
}
const spans = recordSpans()

function deliver(body: unknown, properties: Record<string, unknown>) {
  const message = { body: JSON.stringify(body), application_properties: properties, message_id: 'm' }
  const delivery = readDelivery(message, 'topic://VirtualTopic.eng.resultsdb.result.new', TOPIC_SUFFIXES)
  const calls: string[] = []
  const held = { delivery, accept: () => calls.push('accept'), release: () => calls.push('release') }
  return { calls, ...traceDelivery(held, readMessage(delivery, 1_000_000)) }
}

describe('the span of a delivery', () => {
  it('ends when the broker is answered, and is what is stored', () => {
    const { held, trace, calls } = deliver(RESULT, {})
    expect(spans()).toEqual([])
    held.accept()
    const [span] = spans()
    expect(calls).toEqual(['accept'])
    expect(trace?.traceparent).toBe(`00-${span?.spanContext().traceId}-${span?.spanContext().spanId}-01`)
    expect(span?.parentSpanContext).toBeUndefined()
  })

  it.each([
    { where: 'its properties', body: RESULT, properties: { traceparent: SENDER } },
    { where: 'its body', body: { ...RESULT, traceparent: SENDER }, properties: {} },
  ])('continues the trace in $where', ({ body, properties }) => {
    deliver(body, properties).held.release()
    expect(spans()[0]?.spanContext().traceId).toBe(TRACE_ID)
  })

  it.each(['rubbish', '', 7, `${SENDER}\0`, 'x'.repeat(100_000)])(
    'begins a trace of its own when the one in the message is not valid: %.40s',
    (traceparent) => {
      for (const [body, properties] of [
        [RESULT, { traceparent }],
        [{ ...RESULT, traceparent }, {}],
      ] as const) {
        const { held, trace } = deliver(body, properties)
        held.accept()
        expect(trace?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
        expect(trace?.traceparent).not.toContain(TRACE_ID)
      }
      expect(spans().map(({ attributes }) => attributes['freshwave.reading'])).toEqual(['meaning', 'meaning'])
    },
  )
})

describe('the id of a message without one', () => {
  it('does not depend on its trace', () => {
    const idOf = (properties: Record<string, string>) =>
      readDelivery({ body: undefined, application_properties: properties } as never, 'a', []).messageId
    expect(idOf({ errata_id: '1', traceparent: SENDER })).toBe(idOf({ errata_id: '1' }))
    expect(idOf({ errata_id: '1' })).not.toBe(idOf({ errata_id: '2' }))
  })
})
