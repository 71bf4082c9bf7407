/** A build that becomes due while its job runs, which then cannot be added again, does not wait for the sweep. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { CATALOG } from '../../../../queues/catalog.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { runWorkers } from '../../../../workers/run/run-workers.ts'
import { leaveDue, type WorkerOf, type WorkerTable } from '../../../../workers/run/worker.ts'
import { submit } from '../../../../workers/submit.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'
import { eventually } from '../../../support/eventually.ts'
import { ownRedis } from '../../../support/running-pipeline.ts'

const idle: WorkerOf<never> = { run: async () => undefined, giveUp: leaveDue }
const IDLE = Object.fromEntries(Object.keys(CATALOG).map((name) => [name, idle])) as unknown as WorkerTable // all names
const TASK = 9

describe.each(['redis', 'postgres'] as const)('with queues on %s', (store) => {
  /** Submissions as dry runs; `afterwards` happens once, when the work of the first job is done and the job still runs. */
  const start = async (file: string, afterwards: () => Promise<unknown>) => {
    const redis: Record<string, string> = store === 'redis' ? { REDIS_URL: await ownRedis() } : {}
    const ctx = await createTestContext({ DRY_RUN: '1', ...redis }, file)
    onTestFinished(ctx.drop)
    let jobs = 0
    const run: WorkerOf<'submit'>['run'] = async (ctx, payload) => {
      jobs += 1
      const isFirst = jobs === 1
      await submit.run(ctx, payload)
      if (isFirst) await afterwards()
    }
    const workers = await runWorkers(ctx, { ...IDLE, submit: { ...submit, run } })
    onTestFinished(workers.stop)
    return { ctx, event: await makeEvent(ctx), jobs: () => jobs }
  }
  const isRunning = (state: unknown) => state === 0

  it('a build that found no slot takes one that became free', async () => {
    const { ctx, event, jobs } = await start('max_tasks_in_flight: 1', async () => {
      const verification = { ok: true as const }
      await applyFact(ctx, event, { kind: 'task-closed', buildId: first, taskId: TASK, verification })
    })
    const first = await makeBuild(ctx, event, { state: 'BUILD', taskId: TASK })
    const second = await makeBuild(ctx, event)
    await ctx.queues.enqueue('submit', { buildId: second })
    await eventually(() => buildColumn(ctx, second, 'state'), isRunning)
    expect(jobs()).toBe(2)
  })

  it('a build whose task has failed at once begins its next try', async () => {
    const { ctx, event } = await start('build_retry_delays: [0]', async () => {
      const taskId = (await buildColumn<number>(ctx, buildId, 'build_id')) ?? 0
      await applyFact(ctx, event, { kind: 'task-failed', buildId, taskId, detail: 'no space left' })
    })
    const buildId = await makeBuild(ctx, event)
    await ctx.queues.enqueue('submit', { buildId })
    await eventually(
      () => buildColumn(ctx, buildId, 'build_id'),
      (taskId) => taskId === -3,
    )
    expect(await buildColumn(ctx, buildId, 'state')).toBe(0)
  })

  it('a build that found no slot is not added again while there is none', async () => {
    const { ctx, event, jobs } = await start('max_tasks_in_flight: 1', async () => undefined)
    await makeBuild(ctx, event, { state: 'BUILD', taskId: TASK })
    const second = await makeBuild(ctx, event)
    await ctx.queues.enqueue('submit', { buildId: second })
    await eventually(
      () => ctx.queues.byName.submit.getJobState(`submit-${second}`),
      (state) => state === 'unknown',
    )
    const third = await makeBuild(ctx, event)
    await ctx.queues.enqueue('submit', { buildId: third })
    await eventually(
      () => ctx.queues.byName.submit.getJobState(`submit-${third}`),
      (state) => state === 'unknown',
    )
    expect(jobs()).toBe(2)
  })
})
