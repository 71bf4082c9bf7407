/** Every text and JSON column takes every text, by each way in which values reach the database, and reads it back. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InboxMessage } from '../../../src/db/entities/index.ts'
import { indexableText, storable, storableJson, storableText } from '../../../src/lib/storable.ts'
import { hostileJson, hostileText } from '../../support/api/hostile-texts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const RUNS = { numRuns: 150 }

/** The value as a JSON column holds it. */
const asStored = (value: unknown) => JSON.parse(storableJson(value)) as unknown

describe('a text', () => {
  it('is stored, and found again by the same text, by inserts, updates and searches', async () => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(hostileText, fc.dictionary(hostileText, hostileText), async (text, properties) => {
        const em = database.db.fork()
        count += 1
        const messageId = `${count} ${text}`.slice(0, 255)
        const row = { messageId, topic: text, body: Buffer.from(text), properties, meaning: null }
        const id = await em.insert(InboxMessage, row as InboxMessage) // the columns without a default
        await em.nativeUpdate(InboxMessage, { messageId }, { reason: text, meaning: { [text]: properties } })
        expect(await database.db.fork().findOne(InboxMessage, { messageId })).toMatchObject({
          id: Number(id),
          topic: storableText(text),
          reason: storableText(text),
          properties: asStored(properties),
          meaning: asStored({ [text]: properties }),
        })
        const found = await database.db.fork().find(InboxMessage, { messageId: { $in: [messageId] } })
        expect(found).toHaveLength(1)
      }),
      RUNS,
    )
  })

  it('is a parameter of any statement, alone or in a list, as text or as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, hostileJson, async (text, json) => {
        const sql = 'select ?::text as text, ?::jsonb as json, ? in (?) as listed'
        const values = [text, storableJson(json), text, [text, 'x']]
        const [row] = await database.db.fork().execute<object[]>(sql, values)
        expect(row).toEqual({ text: storableText(text), json: asStored(json), listed: true })
      }),
      RUNS,
    )
  })
})

it('every column for texts has a type that takes whatever is storable', async () => {
  const sql = `select distinct data_type as type from information_schema.columns
    where table_schema = 'public' and data_type like any (array['%char%', '%text%', '%json%']) order by 1`
  const types = await database.db.fork().execute<{ type: string }[]>(sql)
  expect(types.map(({ type }) => type)).toEqual(['character varying', 'jsonb', 'text'])
})

it('a text of any length fits an index, and different ones stay different', async () => {
  const em = database.db.fork()
  await em.execute('create table named (name text unique)')
  const long = fc.string({ unit: 'binary', minLength: 400, maxLength: 5000 })
  const sql = 'insert into named (name) values (?) on conflict do nothing'
  await fc.assert(
    fc.asyncProperty(long, async (text) => {
      await em.execute(sql, [indexableText(text)])
      await em.execute(sql, [indexableText(`${text}x`)])
      const count = 'select count(*)::int as n from named where name in (?)'
      const names = [indexableText(text), indexableText(`${text}x`)]
      expect(await em.execute(count, [names])).toEqual([{ n: 2 }])
    }),
    RUNS,
  )
})

describe('what is storable', () => {
  it('stays as it is when it is made storable again', () => {
    const isStable = (json: unknown) => void expect(storable(storable(json))).toEqual(storable(json))
    fc.assert(fc.property(hostileJson, isStable))
  })

  it('keeps the names of members, also of objects without a prototype', () => {
    const bare = Object.assign(Object.create(null), { 'a\0': '\ud800' })
    expect(storable(bare)).toEqual({ 'a\ufffd': '\ufffd' })
    expect(storableJson(JSON.parse('{"__proto__": "\\u0000"}'))).toBe('{"__proto__":"\ufffd"}')
  })
})
