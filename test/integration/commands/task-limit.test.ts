/** The limit on running tasks: over all, for each target, and what happens when one ends. */
import { afterEach, describe, expect, it } from 'vitest'
import { claimBuild } from '../../../src/commands/submit/build-claim.ts'
import { applyFact } from '../../../src/commands/transition/apply-fact.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'

let ctx: TestContext
afterEach(() => ctx.drop())

/** More builds than are woken at once. */
const MANY = 125

const claimAll = (ids: number[]) => Promise.all(ids.map((id) => claimBuild(ctx, id, 60_000)))
const count = (claims: unknown[]) => claims.filter(Boolean).length

describe('the limit on tasks in flight', () => {
  it('lets everything through when there is none', async () => {
    ctx = await createTestContext()
    const event = await makeEvent(ctx)
    const ids = await Promise.all(Array.from({ length: 8 }, () => makeBuild(ctx, event)))
    expect(count(await claimAll(ids))).toBe(8)
  })

  it('counts running tasks of all events and claims under way, however many compete at once', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight: 5')
    const event = await makeEvent(ctx)
    for (const taskId of [1, 2]) await makeBuild(ctx, await makeEvent(ctx), { state: 'BUILD', taskId })
    const ids = await Promise.all(Array.from({ length: 8 }, () => makeBuild(ctx, event)))
    expect(count(await claimAll(ids))).toBe(3)
  })

  it('holds over all processes', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight: 9')
    const other = await createTestContext({ DATABASE_URL: ctx.databaseUrl }, 'max_tasks_in_flight: 9')
    const event = await makeEvent(ctx)
    const ids: number[] = []
    for (let n = 0; n < 24; n += 1) ids.push(await makeBuild(ctx, event, { originalNvr: `image${n}-1-1` }))
    const claims = await Promise.all(ids.map((id, n) => claimBuild(n % 2 === 0 ? ctx : other, id, 60_000)))
    await other.close()
    expect(count(claims)).toBe(9)
  })

  it('holds for each target on its own', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight_per_target: 1')
    const event = await makeEvent(ctx)
    const build = (target: string) => makeBuild(ctx, event, { args: { target } })
    const ids = [await build('el8'), await build('el8'), await build('el9')]
    expect(count(await claimAll(ids))).toBe(2)
  })

  it('wakes as many builds as there is room for when a task ends, the longest remaining path first', async () => {
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

  it('gives the slot of a submission that came to nothing to the next build', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight: 1')
    const event = await makeEvent(ctx)
    const [first, second] = [await makeBuild(ctx, event), await makeBuild(ctx, event)]
    expect(count(await claimAll([first]))).toBe(1)
    expect(count(await claimAll([second]))).toBe(0)
    await applyFact(ctx, event, { kind: 'submission-refused', buildId: first, reason: 'no' })
    const jobs = await ctx.queues.byName.submit.getJobs(['prioritized', 'waiting'])
    expect(jobs.map((job) => job.data.buildId)).toEqual([second])
  })

  it('gives a slot on one target to its own builds, however many wait longer for a full one', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight_per_target: 1')
    const event = await makeEvent(ctx)
    const build = (target: string, over: object) => makeBuild(ctx, event, { args: { target }, ...over })
    await build('el8', { state: 'BUILD', taskId: 8 })
    const running = await build('el9', { state: 'BUILD', taskId: 9 })
    for (let n = 0; n < MANY; n += 1) await build('el8', { remainingPathS: 900 })
    const next = await build('el9', { remainingPathS: 10 })
    const verification = { ok: true as const }
    await applyFact(ctx, event, { kind: 'task-closed', buildId: running, taskId: 9, verification })
    const jobs = await ctx.queues.byName.submit.getJobs(['prioritized', 'waiting'])
    expect(jobs.map((job) => job.data.buildId)).toEqual([next])
  })

  it('gives slots that become free on two targets at once to the builds of each', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight_per_target: 2')
    const event = await makeEvent(ctx)
    const build = (target: string, over: object) => makeBuild(ctx, event, { args: { target }, ...over })
    await build('el8', { state: 'BUILD', taskId: 8 })
    await build('el9', { state: 'BUILD', taskId: 9 })
    const running = await build('el9', { state: 'BUILD', taskId: 10 })
    for (let n = 0; n < MANY; n += 1) await build('el8', { remainingPathS: 900 })
    const next = await build('el9', { remainingPathS: 10 })
    const verification = { ok: true as const }
    await applyFact(ctx, event, { kind: 'task-closed', buildId: running, taskId: 10, verification })
    const jobs = await ctx.queues.byName.submit.getJobs(['prioritized', 'waiting'])
    expect(jobs.map((job) => job.data.buildId)).toContain(next)
  })

  it('gives free slots to builds that can start, not to those that wait for a compose or a delay', async () => {
    ctx = await createTestContext({}, 'max_tasks_in_flight: 3')
    const event = await makeEvent(ctx)
    const running = await makeBuild(ctx, event, { state: 'BUILD', taskId: 9 })
    const waiting = await Promise.all(
      Array.from({ length: 3 }, () => makeBuild(ctx, event, { remainingPathS: 900 })),
    )
    for (const id of waiting) await waitsForCompose(id)
    const delayed = await makeBuild(ctx, event, {
      remainingPathS: 800,
      submitAfter: new Date(Date.now() + 3_600_000),
    })
    const ready = [await makeBuild(ctx, event), await makeBuild(ctx, event), await makeBuild(ctx, event)]
    const verification = { ok: true as const }
    await applyFact(ctx, event, { kind: 'task-closed', buildId: running, taskId: 9, verification })
    const jobs = await ctx.queues.byName.submit.getJobs(['prioritized', 'waiting', 'delayed'])
    expect(jobs.map((job) => job.data.buildId).sort()).toEqual(ready)
    expect(ready).not.toContain(delayed)
  })
})

async function waitsForCompose(build: number): Promise<void> {
  const em = ctx.db.fork()
  const [compose] = await em.execute<{ id: number }[]>(
    'insert into composes (odcs_compose_id, state) values (?, 1) returning id',
    [1000 + build],
  )
  await em.execute('insert into artifact_build_composes (build_id, compose_id) values (?, ?)', [
    build,
    compose?.id,
  ])
}
