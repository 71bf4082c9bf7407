/** Streams of several web processes on one port: each reports every change, and continues where a stream of another one ended. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../../../src/lib/loopback.ts'
import { storeEvent } from '../../../support/api/api.ts'
import { type EventSource, openEventSource } from '../../../support/api/event-source.ts'
import { writeBuildChanges } from '../../../support/bus/outbox-rows.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'
import { type ServiceProcess, startProgram } from '../../../support/programs/service-process.ts'

const COUNT = 2

let ctx: TestContext
let web: ServiceProcess
let url: string
beforeAll(async () => {
  ctx = await createTestContext()
  const port = await freePort()
  url = `http://127.0.0.1:${port}/api/2/stream`
  web = startProgram('web', {
    DATABASE_URL: ctx.databaseUrl,
    PORT: String(port),
    WEB_CONCURRENCY: String(COUNT),
  })
  await web.ready()
})
afterAll(async () => {
  await web.kill()
  await ctx.drop()
})

/** The processes that have answered requests for streams, in the order of the requests. */
const servingPids = () =>
  [...web.output().matchAll(/"pid":(\d+),[^\n]*"path":"\/api\/2\/stream"/g)].map(([, pid]) => Number(pid))

/** One stream of each process: connections go to the processes in turn. */
async function openInEach(lastEventId?: string): Promise<EventSource[]> {
  const before = servingPids().length
  const sources: EventSource[] = []
  for (let n = 0; n < COUNT; n += 1) {
    const source = await openEventSource(url, lastEventId)
    onTestFinished(() => source.destroy())
    await eventually(source.lastId, Boolean)
    sources.push(source)
  }
  const pids = await eventually(
    () => servingPids().slice(before),
    ({ length }) => length === COUNT,
  )
  expect(new Set(pids).size).toBe(COUNT)
  return sources
}

it('a change reaches the clients of every process under the same id, and each process continues behind that id', async () => {
  const eventId = await storeEvent(ctx.db)
  const write = (...numbers: number[]) => ctx.db.transaction((em) => writeBuildChanges(em, eventId, numbers))
  const sources = await openInEach()
  await write(1, 2)
  const received = await Promise.all(sources.map((source) => source.count(2)))
  expect(received.map((events) => events.map(({ data }) => data.id))).toEqual([
    [1, 2],
    [1, 2],
  ])
  const [ids, ...others] = received.map((events) => events.map(({ id }) => id))
  expect(others).toEqual([ids])
  for (const source of sources) source.destroy()
  await write(3)
  for (const again of await openInEach(ids?.[0]))
    expect((await again.count(2)).map(({ data }) => data.id)).toEqual([2, 3])
})
