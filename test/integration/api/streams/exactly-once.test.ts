/** Clients that lose their connection at any moment get each change once, in whatever order transactions begin and end. */
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWeb, type Web } from '../../../../src/api/server.ts'
import { createClient } from '../../../../src/db/client.ts'
import { storeEvent } from '../../../support/api/api.ts'
import { type EventSource, openEventSource } from '../../../support/api/event-source.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

const WRITERS = 4
const CLIENTS = 3

let ctx: TestContext
/** Two processes, as far as streams can see: each has a reader of its own. */
let webs: Web[]
let writers: pg.Client[]
beforeAll(async () => {
  ctx = await createTestContext({ PORT: '0' })
  webs = await Promise.all([startWeb(ctx), startWeb(ctx)])
  writers = Array.from({ length: WRITERS }, () => createClient(ctx.databaseUrl))
  await Promise.all(writers.map((writer) => writer.connect()))
})
afterAll(async () => {
  await Promise.all(writers.map((writer) => writer.end()))
  await Promise.all(webs.map(({ stop }) => stop()))
  await ctx.drop()
})

const step = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    writer: fc.nat(WRITERS - 1),
    rows: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constantFrom('commit' as const, 'rollback' as const), writer: fc.nat(WRITERS - 1) }),
  fc.record({ kind: fc.constant('reconnect' as const), client: fc.nat(CLIENTS - 1), web: fc.nat(1) }),
)

/** A client that keeps what it has received over all its connections. */
function createReader(query: string) {
  const received: { id: number; n: number }[] = []
  let source: EventSource | undefined
  let lastId: string | undefined
  const leave = () => {
    if (!source) return
    source.destroy()
    received.push(...source.events.map(({ id, data }) => ({ id: Number(id), n: Number(data.n) })))
    lastId = source.lastId() || lastId
    source = undefined
  }
  return {
    leave,
    received,
    connect: async (web: number) => {
      leave()
      source = await openEventSource(`${webs[web]?.url}/api/2/stream${query}`, lastId)
      await eventually(source.lastId, Boolean)
    },
    total: () => received.length + (source?.events.length ?? 0),
  }
}

it('each change reaches each client once, in the order of the ids', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const event = await storeEvent(ctx.db)
      const readers = ['', `?event=${event}`, `?event=${event}`].map(createReader)
      for (const reader of readers) await reader.connect(0)
      const open = new Map<number, number[]>()
      const committed: number[] = []
      let next = 0
      const end = async (writer: number, how: 'commit' | 'rollback') => {
        await writers[writer]?.query(how)
        if (how === 'commit') committed.push(...(open.get(writer) ?? []))
        open.delete(writer)
      }
      for (const each of steps) {
        if (each.kind === 'reconnect') await readers[each.client]?.connect(each.web)
        else if (each.kind === 'write') {
          if (!open.has(each.writer)) await writers[each.writer]?.query('begin')
          const rows = Array.from({ length: each.rows }, () => next++)
          open.set(each.writer, [...(open.get(each.writer) ?? []), ...rows])
          for (const n of rows)
            await writers[each.writer]?.query(
              `insert into outbox (event_id, topic, payload) values ($1, 'build.state.changed', $2)`,
              [event, { n }],
            )
        } else if (open.has(each.writer)) await end(each.writer, each.kind)
      }
      for (const writer of [...open.keys()]) await end(writer, 'commit')
      for (const reader of readers) {
        await eventually(reader.total, (total) => total >= committed.length)
        reader.leave()
        expect(reader.received.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(
          committed.toSorted((a, b) => a - b),
        )
        const ids = reader.received.map(({ id }) => id)
        expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      }
    }),
    { numRuns: 15 },
  )
})
