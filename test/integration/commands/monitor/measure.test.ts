/** Metrics of the whole service that are read from its rows: work in flight, silence of the bus, whether the stores answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMeasurements, type MonitorContext } from '../../../../src/commands/monitor/measure.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'

const LIMITS = 'max_tasks_in_flight: 7\nmax_tasks_in_flight_per_target: 3\nquiet_after: 60'
const NOW = new Date('2026-11-28T12:00:00Z')
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)

let ctx: TestContext
beforeAll(async () => {
  ctx = { ...(await createTestContext({}, LIMITS)), now: () => NOW }
})
afterAll(() => ctx.drop())

/** The values of the series that begin with `name`, by what follows it. */
async function read(name: string, of: MonitorContext = ctx): Promise<Record<string, number>> {
  const lines = (await createMeasurements(of).text()).split('\n').filter((line) => line.startsWith(name))
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(name.length, at), Number(line.slice(at + 1))]
    }),
  )
}
const execute = (sql: string, values: unknown[] = []) => ctx.db.fork().execute(sql, values)

describe('open events', () => {
  it('stand still since the last task began or ended; the longest time counts', async () => {
    expect(await read('freshwave_event_stalled_seconds')).toEqual({ '': 0 })
    const event = await makeEvent(ctx, { timeCreated: minutesAgo(90) })
    const build = await makeBuild(ctx, event, { state: 'BUILD', taskId: 1, args: { target: 'a' } })
    expect(await read('freshwave_event_stalled_seconds')).toEqual({ '': 90 * 60 })
    const add = 'insert into build_tries (build_id, task_id, began, ended) values (?, ?, ?, ?)'
    await execute(add, [build, 1, minutesAgo(80), minutesAgo(50)])
    await execute(add, [build, 2, minutesAgo(40), null])
    await makeEvent(ctx, { timeCreated: minutesAgo(20) })
    await makeEvent(ctx, { timeCreated: minutesAgo(900), state: 'COMPLETE' })
    await makeEvent(ctx, { timeCreated: minutesAgo(900), dryRun: true })
    expect(await read('freshwave_event_stalled_seconds')).toEqual({ '': 40 * 60 })
  })

  it('are overdue since the end that was expected at their first forecast after a tenth of the work', async () => {
    const event = await makeEvent(ctx, { timeCreated: minutesAgo(30) })
    const add = 'insert into event_forecasts (event_id, at, p50, p90, work_done) values (?, ?, ?, ?, ?)'
    await execute(add, [event, minutesAgo(29), minutesAgo(28), minutesAgo(27), 0.05])
    expect(await read('freshwave_event_overdue_seconds')).toEqual({ '': 0 })
    await execute(add, [event, minutesAgo(25), minutesAgo(20), minutesAgo(15), 0.2])
    await execute(add, [event, minutesAgo(5), minutesAgo(-20), minutesAgo(-30), 0.3])
    expect(await read('freshwave_event_overdue_seconds')).toEqual({ '': 15 * 60 })
  })
})

it('tasks in flight are shown by target, beside the limits', async () => {
  const event = await makeEvent(ctx)
  await makeBuild(ctx, event, { state: 'BUILD', taskId: 11, args: { target: 'b' } })
  await makeBuild(ctx, event, { state: 'BUILD', taskId: 12, args: { target: 'b' } })
  expect(await read('freshwave_tasks_in_flight{')).toEqual({ 'target="a"}': 1, 'target="b"}': 2 })
  expect(await read('freshwave_tasks_in_flight_limit')).toEqual({ '{scope="all"}': 7, '{scope="target"}': 3 })
})

it('the bus is silent when advisories ship of which no message comes', async () => {
  expect(await read('freshwave_bus_silent_seconds')).toEqual({ '': 0 })
  const missed = JSON.stringify([{ id: 1, name: 'RHSA-2026:1', shippedAt: minutesAgo(5).toISOString() }])
  const watch =
    'insert into advisory_watch (id, watching_since, compared_at, missed) values (1, ?, ?, ?::jsonb)'
  await execute(watch, [minutesAgo(10), minutesAgo(1), missed])
  expect(await read('freshwave_bus_silent_seconds')).toEqual({ '': 600 })
  expect(await read('freshwave_missed_advisories')).toEqual({ '': 1 })
})

it('a store that does not answer is down, and the rest keeps its values', async () => {
  const up = { '{store="database"}': 1, '{store="queues"}': 1 }
  expect(await read('freshwave_store_up')).toEqual(up)
  const fork = () => {
    throw new Error('gone')
  }
  const away = { ...ctx, db: { ...ctx.db, fork } }
  ctx.jobCounts.renew() // else they are those of the last second
  // The queues are in the same database here.
  expect(await read('freshwave_store_up', away)).toEqual({ '{store="database"}': 0, '{store="queues"}': 0 })
  expect(await read('freshwave_missed_advisories', away)).toEqual({ '': 1 })
})

it('sums do not fall when an answer of the database comes after a later one', async () => {
  const held = Promise.withResolvers<void>()
  let readings = 0
  let isAway = false
  const fork: typeof ctx.db.fork = () => {
    const em = ctx.db.fork()
    const execute = async (sql: string, values?: unknown[]) => {
      if (isAway) throw new Error('the database is away')
      const rows = await em.execute(sql, values)
      if (sql.startsWith('select name, value') && ++readings === 1) await held.promise
      return rows
    }
    return Object.assign(Object.create(em), { execute })
  }
  const { text } = createMeasurements({ ...ctx, db: { ...ctx.db, fork } })
  const sumIn = (page: string) => /^messaging_rx_total (\d+)$/m.exec(page)?.[1]
  const count = (by: number) => ctx.metrics.count('messaging_rx', by)
  count(1)
  expect(sumIn(await text())).toBeUndefined() // without an answer in time
  count(1)
  await eventually(
    async () => sumIn(await text()),
    (sum) => sum === '2',
  )
  isAway = true
  held.resolve()
  expect(sumIn(await text())).toBe('2')
})
