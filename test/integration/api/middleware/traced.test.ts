/** The traces of requests: their route, the caller's trace, and the event that a request opens. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeEvent, type TestApi } from '../../../support/api/api.ts'
import { recordSpans } from '../../../support/recorded-spans.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SENDER = `00-${TRACE_ID}-b7ad6b7169203331-01`
const spans = recordSpans()

describe('the span of a request', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.drop())

  it('is named by its route, whatever its path has, and records how it ended', async () => {
    const id = await storeEvent(api.ctx.db)
    await api.json(`/api/2/events/${id}?token=secret`)
    await api.request('/api/2/events/999999')
    expect(spans().map(({ name, attributes }) => [name, attributes['http.response.status_code']])).toEqual([
      ['GET /api/2/events/:id', 200],
      ['GET /api/2/events/:id', 404],
    ])
    expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toContain('secret')
  })

  it('continues the trace of its caller, and begins one when the header is not valid', async () => {
    await api.request('/api/2/about/', { headers: { traceparent: SENDER } })
    const odd = await api.request('/api/2/about/', { headers: { traceparent: 'rubbish', tracestate: ',=' } })
    expect(odd.status).toBe(200)
    expect(spans().map(({ parentSpanContext }) => parentSpanContext?.traceId)).toEqual([TRACE_ID, undefined])
  })

  it('has the transactions of the request below it', async () => {
    const id = await storeEvent(api.ctx.db)
    await api.request(`/api/2/events/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'cancel' }),
    })
    const request = spans().find(({ name }) => name.startsWith('PATCH'))
    const inner = spans().filter(({ name }) => name === 'transaction')
    expect(inner.length).toBeGreaterThan(0)
    expect(new Set(inner.map((span) => span.spanContext().traceId))).toEqual(
      new Set([request?.spanContext().traceId]),
    )
  })

  it('is named by the answer: in a header, in errors of version 2, and where the gate explains', async () => {
    const headers = { traceparent: SENDER }
    const json = { ...headers, 'content-type': 'application/json' }
    const wrong = { decision_context: 'none', product_version: 'fedora-40', explain: true }
    const body = JSON.stringify({ ...wrong, subject_type: 'koji_build', subject_identifier: 'a-1-1' })
    const answers = [
      await api.request('/api/2/events/999999', { headers }),
      await api.request('/api/1/events/999999', { headers }),
      await api.request('/api/v1.0/decision', { method: 'POST', headers: json, body }),
      await api.request('/api/v1.0/decision', { method: 'POST', headers: json, body: '{}' }),
    ]
    expect(answers.map((answer) => answer.headers.get('x-trace-id'))).toEqual(answers.map(() => TRACE_ID))
    const [second, first, explained, refused] = await Promise.all(answers.map((answer) => answer.json()))
    expect(second).toMatchObject({ status: 404, trace_id: TRACE_ID })
    expect(explained).toMatchObject({ explanation: { trace_id: TRACE_ID, complete: true } })
    for (const original of [first, refused]) expect(JSON.stringify(original)).not.toContain(TRACE_ID)
  })

  it('is not named where it is not recorded: no viewer would find it', async () => {
    const traceparent = SENDER.replace(/01$/, '00')
    const headers = { traceparent, 'content-type': 'application/json' }
    const wrong = { decision_context: 'none', product_version: 'fedora-40', explain: true }
    const body = JSON.stringify({ ...wrong, subject_type: 'koji_build', subject_identifier: 'a-1-1' })
    const id = await storeEvent(api.ctx.db)
    const stored = JSON.stringify({ traceparent })
    await api.ctx.db.fork().execute('update events set trace = ?::jsonb where id = ?', [stored, id])
    for (const answer of [
      await api.request('/api/2/events/999999', { headers }),
      await api.request('/api/v1.0/decision', { method: 'POST', headers, body }),
      await api.request(`/api/2/events/${id}`, { headers }),
      await api.request(`/api/2/events/${id}/why`, { headers }),
    ]) {
      expect(answer.headers.get('x-trace-id')).toBeNull()
      expect(await answer.text()).not.toMatch(/trace_id/)
    }
    expect(spans()).toEqual([])
  })

  it('is the trace that version 2 shows with the event it opened, and with the reasons of that', async () => {
    const id = await storeEvent(api.ctx.db)
    const em = api.ctx.db.fork()
    for (const trace of [null, { traceparent: SENDER }]) {
      await em.execute('update events set trace = ?::jsonb where id = ?', [
        trace && JSON.stringify(trace),
        id,
      ])
      const paths = [
        `/api/2/events/${id}`,
        `/api/2/events/${id}?show_full_json=True`,
        `/api/2/events/${id}/why`,
      ]
      for (const path of paths) {
        const answer = await api.json(path)
        expect('trace_id' in answer ? answer.trace_id : null, path).toBe(trace && TRACE_ID)
      }
      const keys = Object.keys(await api.json(`/api/2/events/${id}`))
      expect(keys).toEqual(keys.toSorted())
      expect(await api.json(`/api/1/events/${id}`)).not.toHaveProperty('trace_id')
    }
  })

  it('is not made of those that machines send every few seconds', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) await api.request(path)
    expect(spans()).toEqual([])
  })
})
