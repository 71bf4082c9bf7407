/** Every request for a change leaves a row: what was carried out with the change, what was refused with its reason. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startLab } from '../../../../../lab/start.ts'
import { recordChange } from '../../../../../src/commands/audit.ts'
import { deleteOld } from '../../../../../src/commands/sweep/delete-old.ts'
import { InboxMessage } from '../../../../../src/db/entities/index.ts'
import type { AuditedEnd, AuditedRequest } from '../../../../../src/domain/audit.ts'
import { eventStateId } from '../../../../../src/domain/event.ts'
import { intake } from '../../../../../workers/intake.ts'
import { startApi, storeEvent, type TestApi } from '../../../../support/api/api.ts'
import { smallCatalogue } from '../../../../support/rebuild/small-catalogue.ts'

const ADVISORY = 133001
let lab: Awaited<ReturnType<typeof startLab>>
let api: TestApi
beforeAll(async () => {
  lab = await startLab({ catalogue: smallCatalogue([{ nvr: 'base-8-1' }]) })
  api = await startApi(lab.urls, 'request_attempts: 1\nrequests_timeout: 20')
})
afterAll(async () => {
  await api.drop()
  await lab.stop()
})
beforeEach(async () => {
  lab.world.faults.length = 0
  await api.ctx.db.fork().execute('truncate audit, inbox, events, idempotency_keys restart identity cascade')
})

const post = (path: string, body: string, status: number, headers: Record<string, string> = {}) =>
  api.json(path, status, { method: 'POST', from: '10.1.2.3', body, headers })
const audit = async (query = '') => (await api.json(`/api/2/audit${query}`)).items
const record = (entry: Partial<AuditedRequest & AuditedEnd>) =>
  recordChange(api.ctx.db.fork(), {
    who: 'user',
    credential: 'none',
    from: { door: 'api', address: null },
    action: 'cancel',
    subject: 'event 1',
    outcome: 'done',
    ...entry,
  })

describe('a request over HTTP', () => {
  it('that opens an event is recorded once, with the event, also when it is repeated', async () => {
    const body = JSON.stringify({ errata_id: ADVISORY, requester: 'root', metadata: { password: 'secret' } })
    const headers = { 'idempotency-key': 'k' }
    const { id } = await post('/api/1/builds/', body, 200, headers)
    await post('/api/1/builds/', body, 200, headers)
    expect(await audit()).toEqual([
      {
        action: 'rebuild',
        address: '10.1.2.3',
        at: expect.stringMatching(/^\d{4}-.+Z$/),
        credential: 'none',
        detail: null,
        door: 'api',
        event_id: id,
        id: 1,
        outcome: 'done',
        subject: `advisory ${ADVISORY}`,
        who: 'root',
      },
    ])
  })

  it('for images by name is recorded with their names', async () => {
    const body = { dist_git_branch: 'rhel-8', container_images: ['a', 'b-container'] }
    const { id } = await post('/api/2/async-builds/', JSON.stringify(body), 200)
    expect(await audit()).toMatchObject([
      { action: 'async-rebuild', subject: 'packages a-container b-container', who: null, event_id: id },
    ])
  })

  it.each([
    ['{"errata_id":', null, 'The request body is not valid JSON: Unexpected end of JSON input'],
    ['[]', null, 'The request body must be a JSON object.'],
    ['{"errata_id":42,"requester":"eve"}', 'advisory 42', 'The Errata Tool does not know advisory 42.'],
    ['{"freshmaker_event_id":77}', 'event 77', 'The provided "freshmaker_event_id" is invalid.'],
    ['{"errata_id":"\\u0000\\ud800"}', null, '"errata_id" must be an integer.'],
  ])('that is refused is recorded with the text of the refusal: %s', async (body, subject, detail) => {
    await post('/api/1/builds/', body, 400)
    expect(await audit()).toMatchObject([
      { action: 'rebuild', outcome: 'refused', subject, detail, event_id: null },
    ])
  })

  it('that fails for a service is recorded as failed', async () => {
    lab.world.faults.push({ service: 'errata', kind: 'status', status: 503 })
    await post('/api/1/builds/', JSON.stringify({ errata_id: ADVISORY }), 502)
    expect(await audit()).toMatchObject([{ outcome: 'failed', detail: expect.stringContaining('errata: ') }])
  })

  it('whose change is made although the answer to its commit is lost is recorded as done, once', async () => {
    const event = await storeEvent(api.ctx.db, { state: eventStateId('BUILDING') })
    const { db } = api.ctx
    const { transaction } = db
    onTestFinished(() => void Object.assign(db, { transaction }))
    const lost = async (work: Parameters<typeof transaction>[0]) => {
      await transaction(work)
      throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' })
    }
    Object.assign(db, { transaction: lost })
    const cancel = { method: 'PATCH', body: '{"action":"cancel"}' }
    const response = await api.request(`/api/2/events/${event}`, cancel)
    expect(response.status).toBeGreaterThanOrEqual(500)
    expect(await audit()).toMatchObject([{ action: 'cancel', outcome: 'done', event_id: event }])
  })
})

describe('a request from the bus', () => {
  const store = async (meaning: object) =>
    Number(
      await api.ctx.db.fork().insert(InboxMessage, {
        messageId: crypto.randomUUID(),
        topic: 'freshmaker.manual.rebuild',
        body: Buffer.from('{}'),
        properties: {},
        meaning,
      } as unknown as InboxMessage),
    )
  const requested = (body: object) => ({
    kind: 'rebuild-requested',
    of: 'advisory',
    messageId: null,
    requester: 'bob',
    body,
  })

  it('is recorded once, however often its message is handled', async () => {
    const inboxId = await store(requested({ errata_id: ADVISORY }))
    await intake.run(api.ctx, { inboxId })
    await intake.run(api.ctx, { inboxId })
    expect(await audit()).toMatchObject([
      {
        who: 'bob',
        door: 'bus',
        address: 'freshmaker.manual.rebuild',
        outcome: 'done',
        subject: `advisory ${ADVISORY}`,
      },
    ])
  })

  it('that is refused is recorded once with the reason', async () => {
    const inboxId = await store(requested({ errata_id: 42 }))
    const error = await intake.run(api.ctx, { inboxId }).catch((thrown: Error) => thrown)
    const reason = { kind: 'permanent', text: String((error as Error).message), error } as const
    await intake.giveUp(api.ctx, { inboxId }, reason)
    await intake.giveUp(api.ctx, { inboxId }, reason)
    expect(await audit()).toMatchObject([
      {
        who: 'bob',
        outcome: 'refused',
        subject: 'advisory 42',
        detail: 'The Errata Tool does not know advisory 42.',
      },
    ])
  })

  it('that only reports something leaves no row', async () => {
    const inboxId = await store({ kind: 'task-ended', taskId: 1, state: 'CLOSED' })
    await intake.giveUp(
      api.ctx,
      { inboxId },
      { kind: 'skip', text: 'not ours', error: new Error('not ours') },
    )
    expect(await audit()).toEqual([])
  })
})

describe('GET /api/2/audit', () => {
  it('gives pages of the newest rows that match all filters', async () => {
    const eventId = await storeEvent(api.ctx.db)
    await record({ who: 'a', eventId })
    await record({ who: 'b', action: 'retry', subject: 'event 2' })
    await record({ who: 'a', outcome: 'refused', detail: 'No.' })
    const who = async (query: string) => (await audit(query)).map((row: { id: number }) => row.id)
    expect(await who('')).toEqual([3, 2, 1])
    expect(await who('?who=a')).toEqual([3, 1])
    expect(await who('?who=a&who=b&action=retry')).toEqual([2])
    expect(await who('?outcome=refused')).toEqual([3])
    expect(await who('?subject=event+1&per_page=1')).toEqual([3])
    expect(await who('?since=1d')).toEqual([3, 2, 1])
    expect(await who('?until=1h')).toEqual([])
    expect(await who('?since=2020-01-01&until=2999-01-01T00:00:00Z&who=b')).toEqual([2])
    expect((await api.json('/api/2/audit?per_page=2')).meta).toMatchObject({ total: 3, pages: 2 })
  })

  it.each(['since=yesterday', 'until=9999999d', 'action=x', 'outcome=DONE', 'since=2026-99-99'])(
    'refuses %s',
    async (query) => {
      const [name] = query.split('=')
      expect((await api.json(`/api/2/audit?${query}`, 400)).message).toMatch(`Invalid ${name} was supplied: `)
    },
  )

  it('shows hostile and very long texts shortened and storable', async () => {
    await record({ who: 'x\0\ud800', subject: 's'.repeat(5000), detail: 'd'.repeat(5000) })
    const [row] = await audit()
    expect([row.who, row.subject.length, row.detail.length]).toEqual(['x\ufffd\ufffd', 200, 1000])
  })
})

describe('rows of the audit', () => {
  it('are deleted after audit_retention_days, and never when that is 0', async () => {
    await record({})
    await api.ctx.db.fork().execute("update audit set at = now() - interval '366 days'")
    const days = (audit_retention_days: number) => ({
      ...api.ctx,
      settings: { ...api.ctx.settings, file: { ...api.ctx.settings.file, audit_retention_days } },
    })
    await deleteOld(days(0))
    await deleteOld(days(367))
    expect(await audit()).toHaveLength(1)
    await deleteOld(api.ctx)
    expect(await audit()).toEqual([])
  })
})
