/** Statements that change several rows lock them in one order, so that two of them never wait for each other (decision 0094). */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { flushCounters } from '../../../../src/db/counts/metric-counters.ts'
import { type EntityManager, openDatabase } from '../../../../src/db/orm.ts'
import { recordNews } from '../../../../src/db/queries/decisions/subject-news.ts'
import { nameSubjects } from '../../../../src/db/queries/decisions/subjects.ts'
import { lockEventFacts } from '../../../../src/db/queries/event-facts.ts'
import { lockInitialized } from '../../../../src/db/queries/events.ts'
import { writeCurrentForecasts } from '../../../../src/db/queries/forecast/current-forecasts.ts'
import { insertInboxRows, type StoredRow } from '../../../../src/db/queries/messages/inbox.ts'
import { recordWait } from '../../../../src/db/queries/waits.ts'
import { createMetrics } from '../../../../src/lib/metrics/metrics.ts'
import { untilLockIsAwaited } from '../../../support/database/awaited-locks.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/database/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
  // So many that the events of few forecasts are looked up one by one.
  await rows(`insert into events (message_id, search_key, event_type_id, time_created, state)
    select i, i, 10, now(), 1 from generate_series(1, 50000) i`)
  await rows('analyze events')
})
afterAll(() => test.drop())

const rows = <T>(sql: string) => test.db.fork().execute<T[]>(sql)

const NAMES = ['b', 'a', 'd', 'c'].map((identifier) => ({ type: 'koji_build', identifier }))

/** Statements, each of which changes existing rows. */
const STATEMENTS = {
  counters: async () => {
    const metrics = createMetrics()
    for (const name of ['messaging_rx', 'db_handle_error', 'messaging_tx_failed'] as const)
      metrics.count(name)
    await flushCounters({ db: test.db, metrics })
  },
  subjects: () => nameSubjects(test.db.fork(), NAMES),
  'subjects in news': () =>
    recordNews(test.db.fork(), {
      identifiers: NAMES.map(({ identifier }) => identifier),
      types: ['koji_build'],
    }),
  current_forecasts: async () => {
    const events = await rows<{ id: number }>('select id from events order by id desc limit 4')
    const forecast = { event: undefined, builds: { builds: [], criticalPath: [] } }
    const forecasts = events.map(({ id: eventId }) => ({ eventId, ...forecast }))
    await writeCurrentForecasts(test.db.fork(), forecasts, { at: new Date(), parallelism: null })
  },
}
const TABLES = {
  counters: ['counters', 'name'],
  subjects: ['subjects', 'digest'],
  'subjects in news': ['subjects', 'digest'],
  current_forecasts: ['current_forecasts', 'event_id'],
} as const

it.each(Object.entries(STATEMENTS))('%s', async (name, change) => {
  const [table, key] = TABLES[name as keyof typeof TABLES]
  await STATEMENTS.subjects()
  await change()
  await rows("update subjects set seen_at = '2020-01-01'") // a subject that was named recently is not changed
  let changed: Promise<unknown> | undefined
  await test.db.transaction(async (em) => {
    const first = `select ${key} from ${table} order by ${key} limit 1`
    await em.execute(`${first} for update`)
    changed = change()
    await untilLockIsAwaited(test.db)
    const free = await em.execute<unknown[]>(`select from ${table} for update skip locked`)
    expect(free).toHaveLength((await rows(`select from ${table}`)).length)
  })
  await changed
})

const store = (em: EntityManager, ids: readonly string[], subjectId: number | null = null) =>
  insertInboxRows(
    em,
    ids.map((messageId) => ({
      messageId,
      topic: 'topic',
      body: Buffer.from(''),
      properties: {},
      meaning: null,
      state: 'failed',
      reason: null,
      subjectId,
      trace: null,
    })),
  )

it('news of subjects does not wait for messages about these that are being stored, in whatever order', async () => {
  const [id = null] = await STATEMENTS.subjects()
  const impatient = openDatabase(`${test.url}?options=-c%20lock_timeout%3D1000`, 1)
  onTestFinished(impatient.close)
  await test.db.transaction(async (em) => {
    await store(em, ['about a subject'], id)
    await recordNews(impatient.fork(), { identifiers: ['a', 'b', 'c', 'd'], types: ['koji_build'] })
  })
})

it('nothing that only refers to an event waits for those that change it', async () => {
  const impatient = openDatabase(`${test.url}?options=-c%20lock_timeout%3D1000`, 1)
  onTestFinished(impatient.close)
  const [event = { id: 0 }] = await rows<{ id: number }>('select min(id) as id from events')
  const cause = { service: 'koji', blame: 'service', detail: 'away' } as const
  const wait = () => recordWait(impatient.fork(), { jobId: 'plan-1', eventId: event.id }, cause, new Date())
  await test.db.transaction(async (em) => {
    await lockEventFacts(em, event.id)
    await wait()
    await lockInitialized(em, event.id)
    await wait()
    await expect(impatient.transaction((other) => lockEventFacts(other, event.id))).rejects.toThrow(
      'lock timeout',
    )
    await expect(impatient.transaction((other) => lockInitialized(other, event.id))).rejects.toThrow(
      'lock timeout',
    )
  })
})

it('messages are locked in the order of their message ids, although their own ids rise in the order of receipt', async () => {
  let stored: Promise<StoredRow[]> | undefined
  await test.db.transaction(async (em) => {
    await store(em, ['a'])
    stored = store(test.db.fork(), ['d', 'b', 'a', 'c'])
    await untilLockIsAwaited(test.db)
    await em.execute("set local lock_timeout = '100ms'")
    expect(await store(em, ['b'])).toHaveLength(1)
  })
  expect((await stored)?.map(({ messageId }) => messageId)).toEqual(['d', 'c'])
})
