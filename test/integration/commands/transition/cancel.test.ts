/** Canceling an event: what is stored at once, and how its tasks are canceled at the lab's build system afterwards. */
import { describe, expect, it } from 'vitest'
import { sweep } from '../../../../src/commands/sweep/sweep.ts'
import { cancelEvent } from '../../../../src/commands/transition/cancel-event.ts'
import { cancelTask } from '../../../../src/commands/transition/cancel-task.ts'
import { serviceTroubles } from '../../../../src/db/queries/service-troubles.ts'
import { troubleOf } from '../../../../src/lib/errors.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import {
  BEFORE_RUNNING,
  failureOf,
  IN_KOJI,
  NOT_IN_KOJI,
  request,
  useCanceling,
} from '../../../support/cancel/canceling.ts'
import { untilLockIsAwaited } from '../../../support/database/awaited-locks.ts'
import { closeWithBuild } from '../../../support/lab/hub-tasks.ts'

const lab = useCanceling()

describe('a running task', () => {
  it('is canceled by its id after the event, with one message for each change', async () => {
    const { event, build, taskId } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    expect(await lab.reason(build)).toBeNull()
    expect(await lab.due()).toEqual([build])
    const jobs = await lab.ctx.queues.byName.transition.getJobs(['waiting'])
    expect(jobs.map(({ data }) => data)).toContainEqual({ kind: 'cancel-due', buildId: build })
    await cancelTask(lab.ctx, build)
    expect(lab.task(taskId)?.state).toBe('CANCELED')
    expect(await lab.reason(build)).toBe(IN_KOJI)
    expect(await lab.due()).toEqual([])
    await cancelTask(lab.ctx, build)
    expect(lab.calls('cancelTask')).toBe(1)
    expect(lab.calls('cancelBuild')).toBe(0)
    expect(await lab.messages(event)).toEqual([
      'build.state.changed BUILD',
      'build.state.changed CANCELED',
      'event.state.changed CANCELED',
      'event.state.changed.min CANCELED',
    ])
    const sql = 'select state, detail from build_tries where build_id = ?'
    expect(await lab.ctx.db.fork().execute(sql, [build])).toEqual([{ state: 'CANCELED', detail: IN_KOJI }])
  })

  it('becomes due again when its job was lost', async () => {
    const { event, build } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    await lab.ctx.queues.byName.transition.obliterate({ force: true })
    await sweep(lab.ctx)
    const jobs = await lab.ctx.queues.byName.transition.getJobs(['waiting'])
    expect(jobs.map(({ data }) => data)).toContainEqual({ kind: 'cancel-due', buildId: build })
  })

  it.each([
    ['is canceled although the answer is lost', { kind: 'reset', stage: 'after' }],
    ['is canceled although the hub answers garbage', { kind: 'garbage', stage: 'after' }],
  ] as const)('%s', async (_title, rule) => {
    const { event, build, taskId } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    lab.fault({ operation: 'cancelTask', ...rule })
    await cancelTask(lab.ctx, build)
    expect(lab.task(taskId)?.state).toBe('CANCELED')
    expect(await lab.reason(build)).toBe(IN_KOJI)
  })

  it.each([
    ['is offline', { kind: 'fault' }],
    ['refuses our account', { kind: 'call-fault', code: 1002, text: 'Invalid session' }],
    ['never carries the call out', { kind: 'reset' }],
  ] as const)('stays due, however often, while the hub %s', async (_title, rule) => {
    const { event, build, taskId } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    lab.fault({ operation: 'cancelTask', ...rule })
    for (let attempt = 1; attempt <= 4; attempt += 1)
      expect(troubleOf(await failureOf(cancelTask(lab.ctx, build)))).toMatchObject({ service: 'koji' })
    expect(await lab.due()).toEqual([build])
    expect(await lab.reason(build)).toBeNull()
    lab.world.faults.length = 0
    await cancelTask(lab.ctx, build)
    expect(lab.task(taskId)?.state).toBe('CANCELED')
    expect(await lab.reason(build)).toBe(IN_KOJI)
  })

  it('is tried three times with pauses when the hub refuses, then its build has the original text', async () => {
    const { event, build, taskId } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    lab.fault({ kind: 'call-fault', operation: 'cancelTask', code: 1000, text: 'not now' })
    const pauses = [await failureOf(cancelTask(lab.ctx, build)), await failureOf(cancelTask(lab.ctx, build))]
    expect(pauses).toMatchObject([{ retryInMs: 1000 }, { retryInMs: 5000 }])
    await cancelTask(lab.ctx, build)
    expect(await lab.reason(build)).toBe(NOT_IN_KOJI)
    expect(await buildColumn(lab.ctx, build, 'failure_detail')).toBe(
      `Task ${taskId} is OPEN after 3 tries to cancel it`,
    )
    expect(await lab.due()).toEqual([])
    expect(lab.calls('cancelTask')).toBe(3)
  })

  it('locks its event before its cancellation, as everything else about the event does', async () => {
    const { event, build } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    let canceling: Promise<void> | undefined
    await lab.ctx.db.transaction(async (em) => {
      await em.execute('select from events where id = ? for update', [event])
      canceling = cancelTask(lab.ctx, build)
      await untilLockIsAwaited(lab.ctx.db)
      await em.execute('select from task_cancellations where build_id = ? for update nowait', [build])
    })
    await canceling
    expect(await lab.reason(build)).toBe(IN_KOJI)
    expect(await lab.due()).toEqual([])
  })

  it('that Koji does not let us cancel is not tried again, has that reason, and is not trouble of our account', async () => {
    const { event, build, taskId } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    const text = 'Cannot cancel task, not owner'
    lab.fault({ kind: 'call-fault', operation: 'cancelTask', code: 1004, text })
    await cancelTask(lab.ctx, build)
    expect(await lab.reason(build)).toBe(NOT_IN_KOJI)
    expect(await buildColumn(lab.ctx, build, 'failure_detail')).toBe(
      `Koji refuses to cancel task ${taskId}: fault 1004: ${text}`,
    )
    expect(await lab.due()).toEqual([])
    expect(await serviceTroubles(lab.ctx.db.fork())).toEqual([])
  })

  it('that the hub does not know any more is not tried again', async () => {
    const { event, build, taskId } = await lab.runningBuild()
    await cancelEvent(lab.ctx, event, request)
    lab.world.koji.tasks.delete(taskId)
    await cancelTask(lab.ctx, build)
    expect(await buildColumn(lab.ctx, build, 'failure_detail')).toBe(`Koji does not know task ${taskId}`)
    expect(await lab.due()).toEqual([])
  })
})

describe('a task that ended unnoticed', () => {
  it.each([
    ['FAILED', 2, 'Failed to build in Koji.'],
    ['CANCELED', 3, IN_KOJI],
    ['CLOSED', 1, 'Built successfully.'],
  ] as const)('in state %s ends its build so, in one message', async (ended, stateId, text) => {
    const { event, build, taskId } = await lab.runningBuild({ eventTypeId: 14 })
    const planned = await makeBuild(lab.ctx, event, { depOn: build })
    if (ended === 'CLOSED') closeWithBuild(lab.world, taskId)
    else Object.assign(lab.task(taskId) ?? {}, { state: ended, fault: { code: 2001, text: 'no space' } })
    expect(await cancelEvent(lab.ctx, event, request)).toBe('CANCELED')
    expect([await lab.state(build), await lab.reason(build)]).toEqual([stateId, text])
    expect([await lab.state(planned), await lab.reason(planned)]).toEqual([3, BEFORE_RUNNING])
    expect(await lab.due()).toEqual([])
    expect((await lab.messages(event)).filter((message) => message.startsWith('build'))).toHaveLength(3)
  })

  it('that cannot be verified yet leaves its build CANCELED, with what became of the task', async () => {
    const { event, build, taskId } = await lab.runningBuild()
    Object.assign(lab.task(taskId) ?? {}, { state: 'CLOSED', completedAt: Date.now() })
    await cancelEvent(lab.ctx, event, request)
    await cancelTask(lab.ctx, build)
    expect([await lab.state(build), await lab.reason(build)]).toEqual([3, NOT_IN_KOJI])
    expect(await buildColumn(lab.ctx, build, 'failure_detail')).toBe(
      `Task ${taskId} ended CLOSED before it could be canceled`,
    )
  })

  it('does not keep the event from being canceled while the hub is away', async () => {
    const { event, build } = await lab.runningBuild()
    lab.fault({ kind: 'status' })
    expect(await cancelEvent(lab.ctx, event, request)).toBe('CANCELED')
    expect(await lab.due()).toEqual([build])
  })
})

it('a task whose number the hub has given to another request goes on, and the build has that reason', async () => {
  const { event, build, taskId } = await lab.runningBuild()
  const other = lab.task(taskId)
  if (!other) throw new Error('no task')
  other.request = ['another source', 'target', { release: '1.1' }]
  await cancelEvent(lab.ctx, event, request)
  await cancelTask(lab.ctx, build)
  expect(lab.task(taskId)?.state).not.toBe('CANCELED')
  expect([await lab.reason(build), await lab.due()]).toEqual([NOT_IN_KOJI, []])
})

it('in a dry run no call is sent', async () => {
  const event = await makeEvent(lab.ctx, { dryRun: true })
  const build = await makeBuild(lab.ctx, event, { state: 'BUILD', taskId: -5 })
  const planned = await makeBuild(lab.ctx, event, { depOn: build })
  expect(await cancelEvent(lab.ctx, event, request)).toBe('CANCELED')
  expect([await lab.state(build), await lab.state(planned)]).toEqual([1, 3])
  expect(await lab.due()).toEqual([])
  expect([...lab.world.kojiCalls.keys()]).toEqual([])
})
