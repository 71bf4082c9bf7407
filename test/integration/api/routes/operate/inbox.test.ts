/** The inbox and the queues as operators see them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InboxMessage } from '../../../../../src/db/entities/index.ts'
import { recordWait } from '../../../../../src/db/queries/waits.ts'
import { startApi, type TestApi } from '../../../../support/api/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

const store = async (body: string | Buffer, over: Partial<InboxMessage> = {}): Promise<number> =>
  Number(
    await api.ctx.db.fork().insert(InboxMessage, {
      messageId: `m-${crypto.randomUUID()}`,
      topic: 'topic://VirtualTopic.eng.errata.activity.status',
      body: Buffer.from(body),
      properties: {},
      state: 'failed' as const,
      reason: 'because',
      ...over,
    } as InboxMessage),
  )
const SHIPPED = '{"errata_id": 7, "to": "SHIPPED_LIVE"}'

describe('GET /api/2/inbox', () => {
  it('gives messages, newest first, by state, without their bodies', async () => {
    const first = await store(SHIPPED)
    const second = await store('{', { state: 'ignored', attempts: 2 })
    const { items, meta } = await api.json('/api/2/inbox?state=failed&state=ignored')
    expect(meta.total).toBe(2)
    expect(items).toMatchObject([{ id: second, state: 'ignored', attempts: 2, bytes: 1 }, { id: first }])
    expect(items[1]).toEqual({
      attempts: 0,
      bytes: SHIPPED.length,
      event_id: null,
      id: first,
      message_id: expect.stringMatching(/^m-/),
      reason: 'because',
      received_at: expect.stringMatching(/Z$/),
      state: 'failed',
      topic: 'topic://VirtualTopic.eng.errata.activity.status',
    })
    expect((await api.json('/api/2/inbox?state=FAILED', 400)).message).toMatch(
      /^Invalid state was supplied: FAILED/,
    )
  })

  it('shows the beginning of bodies on request, whatever their bytes', async () => {
    const id = await store(Buffer.concat([Buffer.from([0xff, 0]), Buffer.alloc(20_000, 'x')]), {
      topic: 'bytes',
    })
    const { items } = await api.json('/api/2/inbox?topic=bytes&show_body=True')
    expect(items).toMatchObject([{ id, bytes: 20_002, body: `\ufffd\0${'x'.repeat(9998)}` }])
  })
})

describe('the number of messages and of requests', () => {
  it.each(['/api/2/inbox?state=done&state=new', '/api/2/audit?outcome=failed'])(
    'may be one that was counted before: %s',
    async (path) => {
      const counted = api.ctx.totals
      const keys: string[] = []
      api.ctx.totals = async (key, count) => {
        keys.push(key)
        return (await count()) + 41
      }
      expect((await api.json(path)).meta.total).toBe(41)
      expect(keys).toEqual([
        expect.stringContaining(path.includes('inbox') ? '["done","new"]' : '["failed"]'),
      ])
      api.ctx.totals = counted
    },
  )
})

describe('POST /api/2/inbox/{id}/replay', () => {
  const replay = (id: number, status: number, body?: string) =>
    api.json(`/api/2/inbox/${id}/replay`, status, { method: 'POST', body })

  it('refuses fields, which it does not have, and leaves the message as it is', async () => {
    const id = await store(SHIPPED)
    expect((await replay(id, 400, '{"dry_run":true}')).message).toBe(
      '"dry_run" is not a field of this request, which has none.',
    )
    const { items } = await api.json('/api/2/inbox?state=failed')
    expect(items).toContainEqual(expect.objectContaining({ id, state: 'failed' }))
    expect(await replay(id, 200, '{}')).toMatchObject({ id })
  })
  const audited = async (id: number) => (await api.json(`/api/2/audit?subject=message+${id}`)).items

  it('reads a failed message again and hands it on', async () => {
    const id = await store(SHIPPED)
    expect(await replay(id, 200)).toEqual({ id, state: 'new', reason: null })
    expect(await api.ctx.queues.byName.intake.getJob(`intake-${id}`)).toBeDefined()
    expect(await audited(id)).toMatchObject([{ action: 'replay', outcome: 'done', door: 'api' }])
  })

  it('is refused for any other message, with an entry in the audit', async () => {
    const id = await store(SHIPPED, { state: 'done' })
    const message = `Message ${id} is done: only failed and ignored messages can be replayed.`
    expect(await replay(id, 400)).toMatchObject({ message })
    expect(await audited(id)).toMatchObject([{ outcome: 'refused', detail: message }])
    expect(await replay(2_000_000_000, 404)).toMatchObject({ message: 'No such message found.' })
    expect(await audited(2_000_000_000)).toMatchObject([
      { outcome: 'refused', detail: 'No such message found.' },
    ])
  })
})

describe('GET /api/2/queues', () => {
  it('counts jobs in pipeline order, and what they wait for', async () => {
    await api.ctx.queues.enqueue('discover', { eventId: 1 })
    await api.ctx.queues.enqueue('submit', { buildId: 1 }, { priority: 7 })
    await api.ctx.queues.enqueue('submit', { buildId: 2 }, { delayMs: 60_000 })
    const since = new Date('2026-01-02T03:04:05Z')
    const cause = { service: 'koji', blame: 'service', detail: 'away' } as const
    await recordWait(api.ctx.db.fork(), { jobId: 'submit-1' }, cause, since)
    await recordWait(api.ctx.db.fork(), { jobId: 'submit-2' }, cause, since)
    const { queues, waits, troubles } = await api.json('/api/2/queues')
    expect(queues[1]).toMatchObject({ name: 'discover', active: 0, waiting: 1, delayed: 0, failed: 0 })
    expect(queues[3]).toMatchObject({ name: 'submit', waiting: 1, delayed: 1 })
    expect(waits).toEqual([
      { kind: 'service', service: 'koji', blame: 'service', jobs: 2, since: '2026-01-02T03:04:05Z' },
    ])
    expect(troubles).toEqual([])
  })

  it('reports since when work is due, also work that has no job', async () => {
    await api.ctx.db.fork().execute("delete from inbox where state = 'new'")
    await store(SHIPPED, { state: 'new', receivedAt: new Date('2026-01-02T03:04:05Z') })
    const { queues } = await api.json('/api/2/queues')
    const dueSince = queues.map(({ name, due_since: since }: Record<string, string | null>) => [name, since])
    expect(Object.fromEntries(dueSince)).toMatchObject({
      intake: '2026-01-02T03:04:05Z',
      plan: null,
      poll: null,
    })
  })
})
