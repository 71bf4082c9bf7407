import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EntityManager } from '../../../../../src/db/orm.ts'
import { buildList } from '../../../../../src/db/queries/records/build-list.ts'
import { buildsByIds, buildsOfEvents } from '../../../../../src/db/queries/records/build-rows.ts'
import { eventList } from '../../../../../src/db/queries/records/event-list.ts'
import {
  fullEventById,
  fullEventsByIds,
  minEventById,
  minEventsByIds,
} from '../../../../../src/db/queries/records/event-rows.ts'
import { selectPage } from '../../../../../src/db/queries/records/select-page.ts'
import { storeBuild, storeEvent } from '../../../../support/api/api.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/database/database.ts'

let test: TestDatabase
const events: number[] = []
const builds: number[] = []

beforeAll(async () => {
  test = await createTestDatabase()
  for (let n = 0; n < 12; n++) {
    const event = await storeEvent(test.db)
    events.push(event)
    const base = await storeBuild(test.db, { event, state: 1 })
    builds.push(base, await storeBuild(test.db, { event, depOn: base }))
  }
})
afterAll(() => test.drop())

/** The SQL statements that `work` runs. */
async function statementsOf(work: (em: EntityManager) => Promise<unknown>): Promise<string[]> {
  const em = test.db.fork()
  const statements: string[] = []
  const execute = em.execute.bind(em) as (sql: string, values: unknown[]) => Promise<unknown>
  em.execute = ((sql: string, values: unknown[]) => {
    statements.push(sql)
    return execute(sql, values)
  }) as typeof em.execute
  await work(em)
  return statements
}

describe('the number of statements', () => {
  it.each([
    [
      'events with all their builds',
      3,
      (em: EntityManager, n: number) => fullEventsByIds(em, events.slice(0, n)),
    ],
    [
      'events with their builds counted',
      2,
      (em: EntityManager, n: number) => minEventsByIds(em, events.slice(0, n)),
    ],
    ['builds', 1, (em: EntityManager, n: number) => buildsByIds(em, builds.slice(0, n))],
    ['builds of events', 2, (em: EntityManager, n: number) => buildsOfEvents(em, events.slice(0, n))],
  ])('for %s is %i, however many there are', async (_what, count, load) => {
    for (const n of [1, 5, 12]) expect(await statementsOf((em) => load(em, n))).toHaveLength(count)
    expect(await statementsOf((em) => load(em, 0))).toHaveLength(0)
  })

  it('for the ids of a page is two: how many there are, and which', async () => {
    const window = { offset: 0, limit: 10 }
    const order = { key: 'id', descending: true } as const
    expect(await statementsOf((em) => selectPage(em, eventList({}, order), window))).toHaveLength(2)
    expect(
      await statementsOf((em) => selectPage(em, buildList({ name: 'httpd-container' }, order), window)),
    ).toHaveLength(2)
  })
})

it('finds the same builds by event as by id, with parents of other events and all composes', async () => {
  const [event = 0, other = 0] = events
  const [parent = 0] = builds
  const child = await storeBuild(test.db, { event: other, depOn: parent })
  const em = test.db.fork()
  await em.execute('insert into composes (id, odcs_compose_id) values (5, 77), (6, 66)')
  await em.execute(
    'insert into artifact_build_composes (build_id, compose_id) values (?, 6), (?, 5), (?, 5)',
    [parent, parent, child],
  )
  const byEvent = await buildsOfEvents(em, [other, event])
  expect(byEvent.get(other)).toHaveLength(3)
  for (const [, found] of byEvent) expect(found).toEqual(await buildsByIds(em, idsOf(found)))
  expect(byEvent.get(event)?.[0]?.odcsComposeIds).toEqual([77, 66])
  expect(byEvent.get(other)?.at(-1)).toMatchObject({ depOnName: 'httpd-container', odcsComposeIds: [77] })
  const far = await buildsOfEvents(em, [other])
  expect(far.get(other)?.at(-1)?.depOnName).toBe('httpd-container')
})

const idsOf = (records: readonly { id: number }[]) => records.map(({ id }) => id)

describe('totals', () => {
  const window = { offset: 0, limit: 1 }
  const order = { key: 'id', descending: true } as const
  const kept = /from row_blocks/

  it('by kind are read from what is counted already', async () => {
    const filters = [{}, { state: 1 }, { type: 1, state: 4, eventTypeId: 10 }]
    for (const filter of filters) {
      const [count] = await statementsOf((em) => selectPage(em, buildList(filter, order), window))
      expect(count).toMatch(kept)
    }
    for (const filter of [{}, { state: [0, 1] }, { state: [0], eventTypeId: [10] }]) {
      const [count] = await statementsOf((em) => selectPage(em, eventList(filter, order), window))
      expect(count).toMatch(kept)
    }
  })

  it('by anything else are counted', async () => {
    const [ofBuilds] = await statementsOf((em) =>
      selectPage(em, buildList({ state: 1, name: 'x' }, order), window),
    )
    const [ofEvents] = await statementsOf((em) =>
      selectPage(em, eventList({ searchKey: ['1'] }, order), window),
    )
    for (const count of [ofBuilds, ofEvents]) expect(count).not.toMatch(kept)
  })
})

describe('records', () => {
  it('come in the requested order, without those that do not exist', async () => {
    const [first = 0, second = 0] = events
    const found = await fullEventsByIds(test.db.fork(), [second, 99_999, first])
    expect(found.map(({ id }) => id)).toEqual([second, first])
    expect(await fullEventById(test.db.fork(), 99_999)).toBeUndefined()
    expect(await minEventById(test.db.fork(), 99_999)).toBeUndefined()
  })

  it('inside a transaction are as it has written them so far', async () => {
    const [id = 0] = events
    await test.db.transaction(async (em) => {
      await em.execute('update events set state_reason = ? where id = ?', ['halfway', id])
      expect((await fullEventById(em, id))?.stateReason).toBe('halfway')
      expect((await fullEventById(test.db.fork(), id))?.stateReason).toBeNull()
    })
  })
})
