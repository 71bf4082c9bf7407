import { describe, expect, it } from 'vitest'
import { createBatcher } from '../../../../src/lib/async/batcher.ts'
import { createTokenBucket } from '../../../../src/lib/async/token-bucket.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { outgoingTrace, traceFields } from '../../../../src/lib/tracing/carrier.ts'
import {
  currentTrace,
  inEntrySpan,
  inSpan,
  inStoredSpan,
  markSpan,
} from '../../../../src/lib/tracing/span.ts'
import { recordSpans } from '../../../support/recorded-spans.ts'

const SENDER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const spans = recordSpans()
const named = (name: string) => {
  const span = spans().find((ended) => ended.name === name)
  if (!span) throw new Error(`no span ${name}`)
  return span
}
const entry = <T>(name: string, work: () => Promise<T>) => inEntrySpan({ name }, {}, work)

describe('an entry span', () => {
  it('continues the trace of its parent, with its state', async () => {
    const parent = { traceparent: SENDER, tracestate: 'vendor=1' }
    const sent = await inEntrySpan({ name: 'job' }, { parent }, async () => outgoingTrace())
    expect(named('job').parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(sent.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/)
    expect(sent.tracestate).toBe('vendor=1')
  })

  it.each([
    'rubbish',
    '',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    `${SENDER}-more`,
    'x'.repeat(100_000),
  ])('begins a trace of its own when the context is not valid: %.60s', async (traceparent) => {
    await inEntrySpan(
      { name: 'job' },
      { parent: { traceparent, tracestate: '=,;\0' } },
      async () => undefined,
    )
    expect(named('job').parentSpanContext).toBeUndefined()
  })

  it('links to further traces, each once, and to none that is not valid', async () => {
    const links = [SENDER, SENDER, 'rubbish'].map((traceparent) => ({ traceparent }))
    await inEntrySpan({ name: 'job' }, { links }, async () => undefined)
    expect(named('job').links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331'])
  })
})

describe('a span within', () => {
  it('is recorded only inside an entry span', async () => {
    await inSpan({ name: 'alone' }, async () => undefined)
    expect(markSpan({ name: 'alone' })).toBeNull()
    expect(currentTrace()).toBeNull()
    expect(spans()).toEqual([])
    await entry('job', () => inSpan({ name: 'part' }, async () => undefined))
    expect(named('part').parentSpanContext?.spanId).toBe(named('job').spanContext().spanId)
  })

  it('leaves the entry span as what is stored with rows, and names itself in the log and in what is sent', async () => {
    const inside = await entry('job', () =>
      inSpan({ name: 'part' }, async () => ({
        stored: currentTrace(),
        log: traceFields(),
        sent: outgoingTrace(),
      })),
    )
    const { traceId, spanId } = named('part').spanContext()
    expect(inside.stored?.traceparent).toBe(`00-${traceId}-${named('job').spanContext().spanId}-01`)
    expect(inside.log).toEqual({ trace_id: traceId, span_id: spanId })
    expect(inside.sent).toEqual({ traceparent: `00-${traceId}-${spanId}-01` })
  })

  it('belongs to the trace that was stored with a row', async () => {
    await entry('job', () => inStoredSpan({ traceparent: SENDER }, { name: 'send' }, async () => undefined))
    expect(named('send').parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  })

  it('without duration is stored with its row', async () => {
    const stored = await entry('job', async () => markSpan({ name: 'build' }))
    const { traceId, spanId } = named('build').spanContext()
    expect(stored).toEqual({ traceparent: `00-${traceId}-${spanId}-01` })
    expect(named('build').parentSpanContext?.spanId).toBe(named('job').spanContext().spanId)
  })
})

describe('an error', () => {
  it('is recorded by its kind alone, and thrown on', async () => {
    const failing = entry('job', () => Promise.reject(new RangeError('password=secret')))
    await expect(failing).rejects.toThrow('password=secret')
    expect(named('job').attributes).toEqual({ 'error.type': 'RangeError' })
    expect(named('job').status).toEqual({ code: 2 })
    expect(named('job').events).toEqual([])
  })

  it('that only means to wait does not count as one', async () => {
    await expect(entry('job', () => Promise.reject(new NotReady('later', 1)))).rejects.toThrow('later')
    expect(named('job').attributes).toEqual({ 'freshwave.outcome': 'later' })
    expect(named('job').status.code).toBe(0)
  })
})

describe('a batch', () => {
  it('belongs to the trace of the first that waited, and its first span links to the others', async () => {
    const gather = createBatcher<number, number>({
      run: (items) => inSpan({ name: 'call' }, async () => items.map((value) => ({ ok: true, value }))),
      maxItems: 10,
      bucket: createTokenBucket({ perSecond: 1000, burst: 1 }),
      maxInFlight: 1,
    })
    await Promise.all(['a', 'b', 'c'].map((name, index) => entry(name, () => gather(index))))
    const ids = (name: string) => named(name).spanContext().traceId
    expect(spans().filter(({ name }) => name === 'call')).toHaveLength(1)
    expect(named('call').spanContext().traceId).toBe(ids('a'))
    expect(named('call').links.map(({ context }) => context.traceId)).toEqual([ids('b'), ids('c')])
  })

  it('sent later does not belong to the trace of the batch before it', async () => {
    const gather = createBatcher<number, number>({
      run: (items) =>
        inSpan({ name: `call ${items}` }, async () => items.map((value) => ({ ok: true, value }))),
      maxItems: 1,
      bucket: createTokenBucket({ perSecond: 1000, burst: 1 }),
      maxInFlight: 1,
    })
    await Promise.all([1, 2].map((n) => entry(`job ${n}`, () => gather(n))))
    for (const n of [1, 2])
      expect(named(`call ${n}`).parentSpanContext?.spanId).toBe(named(`job ${n}`).spanContext().spanId)
  })
})
