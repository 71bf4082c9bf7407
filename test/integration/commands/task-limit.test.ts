/** The limit on running tasks: over all, for each target, and what happens when one ends. */
import { afterEach, describe, expect, it } from 'vitest'
import { claimBuild } from '../../../src/commands/submit/build-claim.ts'
import { applyFact } from '../../../src/commands/transition/apply-fact.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'

let ctx: TestContext
afterEach(() => ctx.drop())

const claimAll = (ids: number[]) => Promise.all(ids.map((id) => claimBuild(ctx, id, 60_000)))
const count = (claims: unknown[]) => claims.filter(Boolean).length

describe('the limit on tasks in flight', () => {
  it('lets everything through when there is none', async () => {
    ctx = await createTestContext()
    const event = await makeEvent(ctx)
    const ids = await Promise.all(Array.from({ length: 8 }, () => makeBuild(ctx, event)))
    expect(count(await claimAll(ids))).toBe(8)
  })

  it('counts running tasks of all events and claims under way, however many ask at once', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight: 5')
    const event = await makeEvent(ctx)
    for (const taskId of [1, 2]) await makeBuild(ctx, await makeEvent(ctx), { state: 'BUILD', taskId })
    const ids = await Promise.all(Array.from({ length: 8 }, () => makeBuild(ctx, event)))
    expect(count(await claimAll(ids))).toBe(3)
  })

  it('holds for each target on its own', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight_per_target: 1')
    const event = await makeEvent(ctx)
    const build = (target: string) => makeBuild(ctx, event, { args: { target } })
    const ids = [await build('el8'), await build('el8'), await build('el9')]
    expect(count(await claimAll(ids))).toBe(2)
  })

  it('calls as many builds as there is room for when a task ends, the longest remaining path first', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight: 1')
    const event = await makeEvent(ctx)
    const running = await makeBuild(ctx, event, { state: 'BUILD', taskId: 9 })
    const [short, long] = [
      await makeBuild(ctx, event, { remainingPathS: 10 }),
      await makeBuild(ctx, event, { remainingPathS: 900 }),
    ]
    await applyFact(ctx, event, {
      kind: 'task-closed',
      buildId: running,
      taskId: 9,
      verification: { ok: true },
    })
    const jobs = await ctx.queues.byName.submit.getJobs(['prioritized', 'waiting'])
    const first = jobs
      .toSorted((a, b) => (a.opts.priority ?? 0) - (b.opts.priority ?? 0))
      .map((job) => job.data.buildId)
    expect(first).toEqual([long])
    expect(first).not.toContain(short)
  })
})
