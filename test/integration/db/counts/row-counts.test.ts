import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compactRowCounts } from '../../../../src/db/counts/row-counts.ts'
import { buildList } from '../../../../src/db/queries/records/build-list.ts'
import { eventList } from '../../../../src/db/queries/records/event-list.ts'
import { selectPage } from '../../../../src/db/queries/records/select-page.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/database/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(() => run('truncate events, artifact_builds cascade'))

const run = (sql: string, values: unknown[] = []) => test.db.fork().execute(sql, values)

/** What both tables keep, and the result of counting; they must never differ. */
async function bothCounts() {
  const kinds = 'counted, event_type_id, type, state'
  const kept = []
  const counted = []
  for (const [table, columns] of [
    ['row_blocks', `${kinds}, block`],
    ['row_counts', kinds],
  ]) {
    kept.push(
      await run(
        `select ${columns}, sum(amount)::int as n from ${table}
         group by ${columns} having sum(amount) <> 0 order by ${columns}`,
      ),
    )
    counted.push(
      await run(
        `select ${columns}, count(*)::int as n from (
           select 'events' as counted, event_type_id, null::int as type, state, id >> 14 as block from events
           union all
           select 'artifact_builds', e.event_type_id, b.type, b.state, b.id >> 14
           from artifact_builds b left join events e on e.id = b.event_id) rows
         group by ${columns} order by ${columns}`,
      ),
    )
  }
  return { kept, counted }
}

const ADD_EVENTS = `insert into events (message_id, search_key, event_type_id, state)
  select gen_random_uuid()::text, 'k', 10 + i % 3, i % 6 from generate_series(1, ?) i`
const ADD_BUILDS = `insert into artifact_builds (name, type, state, event_id)
  select 'b', i % 4, i % 5, (select id from events order by random() limit 1) from generate_series(1, ?) i`

/** The next row has an id in another block, or not: blocks have 16,384 ids. */
const skipIds = (table: string, n: number) =>
  run("select setval(pg_get_serial_sequence(?, 'id'), nextval(pg_get_serial_sequence(?, 'id')) + ?)", [
    table,
    table,
    n * 1500,
  ])

/** Ways in which rows change; every number chooses rows or values. */
const CHANGES = [
  (n: number) => run(ADD_EVENTS, [n]),
  (n: number) => run(ADD_BUILDS, [n]),
  (n: number) => skipIds('artifact_builds', n),
  (n: number) => skipIds('events', n),
  (n: number) => run('update artifact_builds set state = ? where id % 3 = ?', [n % 5, n % 3]),
  (n: number) => run('update artifact_builds set type = null where id % 7 = ?', [n % 7]),
  (n: number) => run('update artifact_builds set name = ? where id % 2 = 0', [`n${n}`]),
  (n: number) => run('update events set state = ? where id % 4 = ?', [n % 6, n % 4]),
  (n: number) => run('delete from artifact_builds where id % 5 = ?', [n % 5]),
  (n: number) => run('delete from events where id % 6 = ?', [n % 6]),
  () => compactRowCounts(test.db),
] as const
const change = fc.tuple(fc.nat({ max: CHANGES.length - 1 }), fc.integer({ min: 1, max: 40 }))

describe('kept counts', () => {
  it('equal the result of counting, whatever is added, changed and deleted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 3, maxLength: 15 }), async (changes) => {
        await run('truncate events, artifact_builds cascade')
        await run(ADD_EVENTS, [5])
        await run(ADD_BUILDS, [20])
        for (const [kind, n] of changes) await CHANGES[kind]?.(n)
        const { kept, counted } = await bothCounts()
        expect(kept).toEqual(counted)
      }),
      { numRuns: 40 },
    )
  })

  it('are right when many transactions change rows while others sum them up', async () => {
    await run(ADD_EVENTS, [10])
    const writers = Array.from({ length: 6 }, async (_, n) => {
      for (let round = 0; round < 40; round++)
        await test.db.transaction(async (em) => {
          await em.execute(ADD_BUILDS, [1 + (round % 3)])
          await em.execute('update artifact_builds set state = ? where id % 6 = ?', [round % 5, n])
        })
    })
    const compactors = Array.from({ length: 3 }, async () => {
      for (let round = 0; round < 60; round++) await compactRowCounts(test.db)
    })
    await Promise.all([...writers, ...compactors])
    const { kept, counted } = await bothCounts()
    expect(kept).toEqual(counted)
    expect(counted.length).toBeGreaterThan(0)
  })

  it('are summed up without waiting for rows that another process is summing up, or two could wait for each other', async () => {
    await run(ADD_EVENTS, [3])
    for (let n = 0; n < 210; n++) await run(ADD_BUILDS, [1])
    const rows = async () => (await run('select id from row_blocks order by id')) as { id: string }[]
    const before = await rows()
    const held = [before[5]?.id, before[150]?.id]
    await test.db.transaction(async (em) => {
      await em.execute('select id from row_blocks where id in (?, ?) for update', held)
      await compactRowCounts(test.db)
    })
    const after = await rows()
    expect(after.length).toBeLessThan(before.length)
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(held))
    const { kept, counted } = await bothCounts()
    expect(kept).toEqual(counted)
  })

  it('do not change with a transaction that is rolled back', async () => {
    await run(ADD_EVENTS, [3])
    const rolledBack = test.db.transaction(async (em) => {
      await em.execute(ADD_BUILDS, [5])
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    const { kept, counted } = await bothCounts()
    expect(kept).toEqual(counted)
  })

  it('lead to every page of a list in the order of ids, whatever blocks the rows are in', async () => {
    await run(ADD_EVENTS, [5])
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 3, maxLength: 12 }),
        fc.integer({ min: 1, max: 30 }),
        async (changes, limit) => {
          for (const [kind, n] of changes) await CHANGES[kind]?.(n)
          const em = test.db.fork()
          for (const descending of [true, false])
            for (const filter of [{}, { state: 1 }, { type: 2, state: 3 }]) {
              const list = buildList(filter, { key: 'id', descending })
              const { ids, total } = await selectPage(em, list, { offset: 0, limit: 1000 })
              expect(ids).toEqual(ids.toSorted((a, b) => (descending ? b - a : a - b)))
              expect(new Set(ids).size).toBe(total)
              const pages: number[] = []
              for (let offset = 0; offset < total; offset += limit)
                pages.push(...(await selectPage(em, list, { offset, limit })).ids)
              expect(pages).toEqual(ids)
            }
        },
      ),
      { numRuns: 15 },
    )
  })

  it('take few rows, however much changed', async () => {
    await run(ADD_EVENTS, [3])
    for (let n = 0; n < 300; n++) await run(ADD_BUILDS, [1])
    await compactRowCounts(test.db)
    for (const table of ['row_blocks', 'row_counts']) {
      const [row] = await test.db.fork().execute<{ n: number }[]>(`select count(*)::int as n from ${table}`)
      expect(row?.n).toBeLessThan(100)
    }
    const { kept, counted } = await bothCounts()
    expect(kept).toEqual(counted)
  })

  it('are the totals of the lists', async () => {
    await run(ADD_EVENTS, [30])
    await run(ADD_BUILDS, [200])
    const order = { key: 'id', descending: true } as const
    const window = { offset: 0, limit: 1000 }
    const em = test.db.fork()
    for (const filter of [{}, { state: 2 }, { type: 1, state: 0 }, { eventTypeId: 11 }, { state: 9 }]) {
      const { ids, total } = await selectPage(em, buildList(filter, order), window)
      expect(total).toBe(ids.length)
    }
    for (const filter of [{}, { state: [2, 3] }, { eventTypeId: [11], state: [1, 4] }, { state: [9] }]) {
      const { ids, total } = await selectPage(em, eventList(filter, order), window)
      expect(total).toBe(ids.length)
    }
  })
})
