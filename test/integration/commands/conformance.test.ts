/** Cases A23, A33, A34 and A36 of behaviour/freshmaker 13, with the lab's build system over sockets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pollTasks } from '../../../src/commands/poll/poll-tasks.ts'
import { submitBuild } from '../../../src/commands/submit/submit-build.ts'
import { handleReport } from '../../../src/commands/transition/handle-report.ts'
import { EVENT_TYPES, eventStateId } from '../../../src/domain/event.ts'
import { buildColumn, makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { closeWithBuild } from '../../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../../support/lab/world.ts'

const HOUR_MS = 3_600_000

let world: TestWorld
let ctx: TestContext
beforeEach(async () => {
  world = await startWorld({ builder: { durationMs: () => HOUR_MS } })
  ctx = await createTestContext(world.env)
})
afterEach(async () => {
  await ctx.drop()
  await world.stop()
})

/** Arguments of an image the lab's build system can build. */
const ARGS = {
  repository: 'containers/httpd-24',
  commit: 'a'.repeat(40),
  target: 'rhel-8-containers-candidate',
  branch: 'rhel-8.9.0',
}
const facts = async () => (await ctx.queues.byName.transition.getJobs(['waiting'])).map((job) => job.data)

describe('A33: the task of a build of an event without an advisory closes', () => {
  it('makes the build DONE and submits its three planned children', async () => {
    const event = await makeEvent(ctx, { eventTypeId: EVENT_TYPES.FreshmakerAsyncManualBuildEvent })
    const build = await makeBuild(ctx, event, { originalNvr: 'httpd-24-container-1-283', args: ARGS })
    const children = [1, 2, 3].map((n) =>
      makeBuild(ctx, event, { originalNvr: `child-${n}-container-1-283`, depOn: build, args: ARGS }),
    )
    const ids = await Promise.all(children)
    await submitBuild(ctx, build)
    const taskId = (await buildColumn<number>(ctx, build, 'build_id')) ?? 0
    closeWithBuild(world.lab.world, taskId)
    await handleReport(ctx, { kind: 'task-reported', taskId })
    expect(await buildColumn(ctx, build, 'state_reason')).toBe('Built successfully.')
    const woken = await ctx.queues.byName.submit.getJobs(['waiting', 'prioritized'])
    expect(woken.map((job) => job.data.buildId).toSorted()).toEqual(ids.toSorted())
    for (const id of ids) await submitBuild(ctx, id)
    const tasks = await Promise.all(ids.map((id) => buildColumn<number>(ctx, id, 'build_id')))
    expect(tasks.every((task) => world.lab.world.koji.tasks.has(task ?? 0))).toBe(true)
    expect(tasks).toEqual(tasks.toSorted())
  })
})

describe('A34: the last task of an event closes', () => {
  it('makes the event COMPLETE, with the number of failed builds', async () => {
    const eventTypeId = EVENT_TYPES.FreshmakerAsyncManualBuildEvent
    const event = await makeEvent(ctx, { eventTypeId, searchKey: '12345', state: 'BUILDING' })
    for (const state of ['DONE', 'DONE', 'FAILED'] as const) await makeBuild(ctx, event, { state })
    const build = await makeBuild(ctx, event, { originalNvr: 'httpd-24-container-1-283', args: ARGS })
    await submitBuild(ctx, build)
    const taskId = (await buildColumn<number>(ctx, build, 'build_id')) ?? 0
    closeWithBuild(world.lab.world, taskId)
    await handleReport(ctx, { kind: 'task-reported', taskId })
    const [ended] = await ctx.db
      .fork()
      .execute('select state, state_reason as reason from events where id = ?', [event])
    expect(ended).toEqual({
      state: eventStateId('COMPLETE'),
      reason: 'Advisory 12345: 1 of 4 container image(s) failed to rebuild.',
    })
  })
})

describe('A36: the poller', () => {
  it.each(['FAILED', 'CLOSED', 'CANCELED'] as const)('reports a task that is %s', async (state) => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, { originalNvr: 'httpd-24-container-1-283', args: ARGS })
    await submitBuild(ctx, build)
    const taskId = await buildColumn<number>(ctx, build, 'build_id')
    const task = world.lab.world.koji.tasks.get(taskId ?? 0)
    if (task) task.state = state
    await pollTasks(ctx)
    expect(await facts()).toEqual([{ kind: 'task-reported', taskId }])
  })

  it('does not report a task that is OPEN, and does not fetch one with a negative number', async () => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, { originalNvr: 'httpd-24-container-1-283', args: ARGS })
    await submitBuild(ctx, build)
    await makeBuild(ctx, event, { state: 'BUILD', taskId: -10 })
    await pollTasks(ctx)
    expect(await facts()).toEqual([])
    expect(world.lab.world.kojiCalls.get('getTaskInfo')).toBe(1)
  })

  it('reports a task that Koji no longer knows', async () => {
    await makeBuild(ctx, await makeEvent(ctx), { state: 'BUILD', taskId: 4711 })
    await pollTasks(ctx)
    expect(await facts()).toEqual([{ kind: 'task-reported', taskId: 4711 }])
  })
})

describe('A23: a bundle for a range of OpenShift versions that is not valid', () => {
  const image = () =>
    [...world.lab.world.koji.builds.values()].find((one) => one.nvr === 'httpd-24-container-1-283')?.image

  it.each([
    ['v4.7,v4.8', false, 'Original image has invalid openshift versions range'],
    ['v4.7,v4.8', true, 'Original image has invalid openshift versions range'],
    ['v4.5,v4.6', false, 'Building container image in Koji.'],
    ['v4.5,v4.6', true, 'Building container image in Koji.'],
  ])('%s (dry run: %s): %s', async (range, dryRun, reason) => {
    const original = image()
    if (!original) throw new Error('the image is gone from the catalogue')
    Object.assign(original, { labels: { ...original.labels, 'com.redhat.openshift.versions': range } })
    const event = await makeEvent(ctx, { eventTypeId: EVENT_TYPES.ManualBundleRebuildEvent, dryRun })
    const build = await makeBuild(ctx, event, { originalNvr: 'httpd-24-container-1-283', args: ARGS })
    await submitBuild(ctx, build)
    expect(await buildColumn(ctx, build, 'state_reason')).toBe(reason)
  })
})
