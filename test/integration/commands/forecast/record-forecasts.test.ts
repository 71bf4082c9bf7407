/** Forecasts are stored while an event runs, and measured when it has ended. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordForecasts } from '../../../../src/commands/forecast/record-forecasts.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

let ctx: TestContext
let event: number
let now: Date
const NAME = 'image-a'
const START = new Date('2026-11-28T12:00:00Z').getTime()
const passTo = (seconds: number) => {
  now = new Date(START + 1000 * seconds)
}
const stored = () =>
  ctx.db
    .fork()
    .execute<{ at: string; p50: string; p90: string; work_done: number }[]>(
      'select at, p50, p90, work_done from event_forecasts where event_id = ? order by at',
      [event],
    )
const p50s = async () =>
  (await stored()).map(({ p50 }) => Math.round((new Date(p50).getTime() - START) / 1000))

beforeEach(async () => {
  ctx = await createTestContext()
  now = new Date(START)
  ctx.now = () => now
  for (let n = 0; n < 60; n++)
    await ctx.db.fork().execute('insert into build_durations (name, seconds) values (?, 1000)', [NAME])
  event = await makeEvent(ctx)
})
afterEach(() => ctx.drop())

/** A build whose task begins now. */
async function submit(): Promise<{ buildId: number; taskId: number }> {
  const buildId = await makeBuild(ctx, event, { originalNvr: `${NAME}-1-${crypto.randomUUID().slice(0, 8)}` })
  const taskId = 100 + buildId
  await applyFact(ctx, event, { kind: 'task-submitted', buildId, taskId, retryCount: 0 })
  return { buildId, taskId }
}
const close = (task: { buildId: number; taskId: number }) =>
  applyFact(ctx, event, { kind: 'task-closed', ...task, verification: { ok: true } })

describe('the stored forecasts of an event', () => {
  it('are those of its open builds, with the share of its work that is done', async () => {
    await submit()
    passTo(500)
    await recordForecasts(ctx)
    const [row] = await stored()
    expect((await p50s())[0]).toBeGreaterThan(900)
    expect((await p50s())[0]).toBeLessThan(1100)
    expect(row?.work_done).toBeGreaterThan(0.4)
    expect(row?.work_done).toBeLessThan(0.6)
  })

  it('are at most one a minute, and only where something has changed', async () => {
    await submit()
    await recordForecasts(ctx)
    passTo(59)
    await submit()
    await recordForecasts(ctx)
    expect(await stored()).toHaveLength(1)
    passTo(61)
    await recordForecasts(ctx)
    expect(await stored()).toHaveLength(2)
  })

  it('are not written again while they stay the same', async () => {
    await submit()
    await recordForecasts(ctx)
    passTo(61)
    await ctx.db.fork().execute('update artifact_builds set task_submitted_at = ?', [now])
    await ctx.db
      .fork()
      .execute("update event_forecasts set p50 = p50 + interval '61 s', p90 = p90 + interval '61 s'")
    await recordForecasts(ctx)
    expect(await stored()).toHaveLength(1)
  })

  it('are deleted with the event', async () => {
    await submit()
    await recordForecasts(ctx)
    await ctx.db.fork().execute('delete from artifact_builds')
    await ctx.db.fork().execute('delete from events where id = ?', [event])
    expect(await stored()).toEqual([])
  })

  it('leave out dry runs', async () => {
    await ctx.db.fork().execute('update events set dry_run = true')
    await submit()
    await recordForecasts(ctx)
    expect(await stored()).toEqual([])
  })
})

describe('the error of a forecast', () => {
  const measured = async () =>
    (await ctx.metrics.render(new Map())).match(/freshwave_forecast_error_(sum|count) \S+/g)

  it('is counted when the event ends, as a share of the time that was left after a tenth of the work', async () => {
    const task = await submit()
    passTo(10)
    await recordForecasts(ctx)
    passTo(200)
    await recordForecasts(ctx)
    const expected = (await p50s())[1] ?? 0
    passTo(1200)
    await close(task)
    const sum = Math.abs(expected - 1200) / 1000
    expect(await measured()).toEqual([
      `freshwave_forecast_error_sum ${sum}`,
      'freshwave_forecast_error_count 1',
    ])
    await close(task)
    expect(await measured()).toContain('freshwave_forecast_error_count 1')
  })

  it('is not counted when the event is canceled', async () => {
    await submit()
    passTo(200)
    await recordForecasts(ctx)
    passTo(300)
    await applyFact(ctx, event, { kind: 'cancel', by: 'root', ended: [] })
    expect(await measured()).toContain('freshwave_forecast_error_count 0')
  })
})
