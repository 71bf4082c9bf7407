/** Canceling an event: what is stored at once, and how its tasks are canceled at the lab's build system afterwards. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultRule } from '../../../../lab/fault-rule.ts'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { sweep } from '../../../../src/commands/sweep/sweep.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { cancelEvent } from '../../../../src/commands/transition/cancel-event.ts'
import { expectSurplus } from '../../../../src/commands/transition/cancel-surplus.ts'
import { cancelTask } from '../../../../src/commands/transition/cancel-task.ts'
import { handleReport } from '../../../../src/commands/transition/handle-report.ts'
import { serviceTroubles } from '../../../../src/db/queries/service-troubles.ts'
import { dropClaim } from '../../../../src/db/queries/submit/build-claim.ts'
import { dueCancellations } from '../../../../src/db/queries/task-cancellations.ts'
import { containerRequest } from '../../../../src/domain/rebuild/submit/container-request.ts'
import { NotReady, troubleOf } from '../../../../src/lib/errors.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { TEST_ORIGIN } from '../../../support/api/origin.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { untilLockIsAwaited } from '../../../support/database/awaited-locks.ts'
import { closeWithBuild } from '../../../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../../../support/lab/world.ts'

const HOUR_MS = 3_600_000
const LEASE_MS = 8000
/** Arguments of an image the lab's build system can build. */
const ARGS = {
  repository: 'containers/httpd-24',
  commit: 'a'.repeat(40),
  target: 'rhel-8-containers-candidate',
  branch: 'rhel-8.9.0',
}
const IMAGE = { originalNvr: 'httpd-24-container-1-283', args: ARGS }
const BEFORE_RUNNING = 'Build canceled before running on external build system.'
const IN_KOJI = 'Build canceled in external build system.'
const NOT_IN_KOJI = 'Build was NOT canceled in external build system. Max number of tries reached!'

let world: TestWorld
let ctx: TestContext
let lateMs = 0
beforeAll(async () => {
  world = await startWorld({ builder: { durationMs: () => HOUR_MS } })
  const own = await createTestContext(world.env)
  ctx = { ...own, now: () => new Date(Date.now() + lateMs) }
})
afterAll(async () => {
  await ctx.drop()
  await world.stop()
})
beforeEach(async () => {
  lateMs = 0
  for (const table of ['task_cancellations', 'surplus_searches', 'service_troubles'])
    await ctx.db.fork().execute(`delete from ${table}`)
  world.lab.world.faults.length = 0
  world.lab.world.kojiCalls.clear()
})

/** A busy machine must not end the look at Koji early. */
const request = { requester: 'root', origin: TEST_ORIGIN, lookMs: 60_000 }
const fault = (rule: Omit<FaultRule, 'service'>) => world.lab.world.faults.push({ service: 'koji', ...rule })
const task = (id: number) => world.lab.world.koji.tasks.get(id)
const due = () => dueCancellations(ctx.db.fork())
const calls = (method: string) => world.lab.world.kojiCalls.get(method) ?? 0
const reason = (build: number) => buildColumn<string>(ctx, build, 'state_reason')
const state = (build: number) => buildColumn<number>(ctx, build, 'state')
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

async function runningBuild(eventFields: Parameters<typeof makeEvent>[1] = {}) {
  const event = await makeEvent(ctx, eventFields)
  const build = await makeBuild(ctx, event, IMAGE)
  await submitBuild(ctx, build)
  return { event, build, taskId: (await buildColumn<number>(ctx, build, 'build_id')) ?? 0 }
}

async function messages(event: number) {
  const sql =
    "select topic || ' ' || (payload->>'state_name') as message from outbox where event_id = ? order by id"
  const rows = await ctx.db.fork().execute<{ message: string }[]>(sql, [event])
  return rows.map(({ message }) => message)
}

describe('a running task', () => {
  it('is canceled by its id after the event, with one message for each change', async () => {
    const { event, build, taskId } = await runningBuild()
    await cancelEvent(ctx, event, request)
    expect(await reason(build)).toBeNull()
    expect(await due()).toEqual([build])
    const jobs = await ctx.queues.byName.transition.getJobs(['waiting'])
    expect(jobs.map(({ data }) => data)).toContainEqual({ kind: 'cancel-due', buildId: build })
    await cancelTask(ctx, build)
    expect(task(taskId)?.state).toBe('CANCELED')
    expect(await reason(build)).toBe(IN_KOJI)
    expect(await due()).toEqual([])
    await cancelTask(ctx, build)
    expect(calls('cancelTask')).toBe(1)
    expect(calls('cancelBuild')).toBe(0)
    expect(await messages(event)).toEqual([
      'build.state.changed BUILD',
      'build.state.changed CANCELED',
      'event.state.changed CANCELED',
      'event.state.changed.min CANCELED',
    ])
    const sql = 'select state, detail from build_tries where build_id = ?'
    expect(await ctx.db.fork().execute(sql, [build])).toEqual([{ state: 'CANCELED', detail: IN_KOJI }])
  })

  it('becomes due again when its job was lost', async () => {
    const { event, build } = await runningBuild()
    await cancelEvent(ctx, event, request)
    await ctx.queues.byName.transition.obliterate({ force: true })
    await sweep(ctx)
    const jobs = await ctx.queues.byName.transition.getJobs(['waiting'])
    expect(jobs.map(({ data }) => data)).toContainEqual({ kind: 'cancel-due', buildId: build })
  })

  it.each([
    ['is canceled although the answer is lost', { kind: 'reset', stage: 'after' }],
    ['is canceled although the hub answers garbage', { kind: 'garbage', stage: 'after' }],
  ] as const)('%s', async (_title, rule) => {
    const { event, build, taskId } = await runningBuild()
    await cancelEvent(ctx, event, request)
    fault({ operation: 'cancelTask', ...rule })
    await cancelTask(ctx, build)
    expect(task(taskId)?.state).toBe('CANCELED')
    expect(await reason(build)).toBe(IN_KOJI)
  })

  it.each([
    ['is offline', { kind: 'fault' }],
    ['refuses our account', { kind: 'call-fault', code: 1002, text: 'Invalid session' }],
    ['never carries the call out', { kind: 'reset' }],
  ] as const)('stays due, however often, while the hub %s', async (_title, rule) => {
    const { event, build, taskId } = await runningBuild()
    await cancelEvent(ctx, event, request)
    fault({ operation: 'cancelTask', ...rule })
    for (let attempt = 1; attempt <= 4; attempt += 1)
      expect(troubleOf(await failureOf(cancelTask(ctx, build)))).toMatchObject({ service: 'koji' })
    expect(await due()).toEqual([build])
    expect(await reason(build)).toBeNull()
    world.lab.world.faults.length = 0
    await cancelTask(ctx, build)
    expect(task(taskId)?.state).toBe('CANCELED')
    expect(await reason(build)).toBe(IN_KOJI)
  })

  it('is tried three times with pauses when the hub refuses, then its build has the original text', async () => {
    const { event, build, taskId } = await runningBuild()
    await cancelEvent(ctx, event, request)
    fault({ kind: 'call-fault', operation: 'cancelTask', code: 1000, text: 'not now' })
    const pauses = [await failureOf(cancelTask(ctx, build)), await failureOf(cancelTask(ctx, build))]
    expect(pauses).toMatchObject([{ retryInMs: 1000 }, { retryInMs: 5000 }])
    await cancelTask(ctx, build)
    expect(await reason(build)).toBe(NOT_IN_KOJI)
    expect(await buildColumn(ctx, build, 'failure_detail')).toBe(
      `Task ${taskId} is OPEN after 3 tries to cancel it`,
    )
    expect(await due()).toEqual([])
    expect(calls('cancelTask')).toBe(3)
  })

  it('locks its event before its cancellation, as everything else about the event does', async () => {
    const { event, build } = await runningBuild()
    await cancelEvent(ctx, event, request)
    let canceling: Promise<void> | undefined
    await ctx.db.transaction(async (em) => {
      await em.execute('select from events where id = ? for update', [event])
      canceling = cancelTask(ctx, build)
      await untilLockIsAwaited(ctx.db)
      await em.execute('select from task_cancellations where build_id = ? for update nowait', [build])
    })
    await canceling
    expect(await reason(build)).toBe(IN_KOJI)
    expect(await due()).toEqual([])
  })

  it('that Koji does not let us cancel is not tried again, has that reason, and is not trouble of our account', async () => {
    const { event, build, taskId } = await runningBuild()
    await cancelEvent(ctx, event, request)
    const text = 'Cannot cancel task, not owner'
    fault({ kind: 'call-fault', operation: 'cancelTask', code: 1004, text })
    await cancelTask(ctx, build)
    expect(await reason(build)).toBe(NOT_IN_KOJI)
    expect(await buildColumn(ctx, build, 'failure_detail')).toBe(
      `Koji refuses to cancel task ${taskId}: fault 1004: ${text}`,
    )
    expect(await due()).toEqual([])
    expect(await serviceTroubles(ctx.db.fork())).toEqual([])
  })

  it('that the hub does not know any more is not tried again', async () => {
    const { event, build, taskId } = await runningBuild()
    await cancelEvent(ctx, event, request)
    world.lab.world.koji.tasks.delete(taskId)
    await cancelTask(ctx, build)
    expect(await buildColumn(ctx, build, 'failure_detail')).toBe(`Koji does not know task ${taskId}`)
    expect(await due()).toEqual([])
  })
})

describe('a task that ended unnoticed', () => {
  it.each([
    ['FAILED', 2, 'Failed to build in Koji.'],
    ['CANCELED', 3, IN_KOJI],
    ['CLOSED', 1, 'Built successfully.'],
  ] as const)('in state %s ends its build so, in one message', async (ended, stateId, text) => {
    const { event, build, taskId } = await runningBuild({ eventTypeId: 14 })
    const planned = await makeBuild(ctx, event, { depOn: build })
    if (ended === 'CLOSED') closeWithBuild(world.lab.world, taskId)
    else Object.assign(task(taskId) ?? {}, { state: ended, fault: { code: 2001, text: 'no space' } })
    expect(await cancelEvent(ctx, event, request)).toBe('CANCELED')
    expect([await state(build), await reason(build)]).toEqual([stateId, text])
    expect([await state(planned), await reason(planned)]).toEqual([3, BEFORE_RUNNING])
    expect(await due()).toEqual([])
    expect((await messages(event)).filter((message) => message.startsWith('build'))).toHaveLength(3)
  })

  it('that cannot be verified yet leaves its build CANCELED, with what became of the task', async () => {
    const { event, build, taskId } = await runningBuild()
    Object.assign(task(taskId) ?? {}, { state: 'CLOSED', completedAt: Date.now() })
    await cancelEvent(ctx, event, request)
    await cancelTask(ctx, build)
    expect([await state(build), await reason(build)]).toEqual([3, NOT_IN_KOJI])
    expect(await buildColumn(ctx, build, 'failure_detail')).toBe(
      `Task ${taskId} ended CLOSED before it could be canceled`,
    )
  })

  it('does not keep the event from being canceled while the hub is away', async () => {
    const { event, build } = await runningBuild()
    fault({ kind: 'status' })
    expect(await cancelEvent(ctx, event, request)).toBe('CANCELED')
    expect(await due()).toEqual([build])
  })
})

describe('a submission that was under way', () => {
  /** A canceled build whose worker was killed while it held the claim; `isSent`: after its request arrived. */
  async function interrupted({ isSent }: { isSent: boolean }) {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, IMAGE)
    const claimed = await claimBuild(ctx, build, LEASE_MS)
    const sent = claimed && containerRequest(claimed, ctx.settings)
    if (!claimed || !sent || typeof sent === 'string') throw new Error('not claimed')
    const taskId = isSent ? await ctx.clients.koji?.submitContainer(sent) : undefined
    expect(await cancelEvent(ctx, event, request)).toBe('CANCELED')
    return { event, build, claimed, taskId }
  }

  it('is waited for while its claim lasts, then its task is found and canceled', async () => {
    const { build, taskId } = await interrupted({ isSent: true })
    expect(await reason(build)).toBe(BEFORE_RUNNING)
    expect(await failureOf(cancelTask(ctx, build))).toBeInstanceOf(NotReady)
    lateMs = LEASE_MS + 100
    await cancelTask(ctx, build)
    expect(task(taskId ?? 0)?.state).toBe('CANCELED')
    expect(await reason(build)).toBe(IN_KOJI)
    expect(await buildColumn(ctx, build, 'build_id')).toBe(taskId)
    expect(await due()).toEqual([])
    expect(await buildColumn(ctx, build, 'submit_claim')).toBeNull()
  })

  it('long ago, and was claimed again while the hub was away, has its task found and canceled', async () => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, IMAGE)
    const claimed = await claimBuild(ctx, build, LEASE_MS)
    const sent = claimed && containerRequest(claimed, ctx.settings)
    if (!sent || typeof sent === 'string') throw new Error('not claimed')
    const taskId = (await ctx.clients.koji?.submitContainer(sent)) ?? 0
    lateMs = 3 * HOUR_MS
    await claimBuild(ctx, build, LEASE_MS)
    await cancelEvent(ctx, event, request)
    lateMs += LEASE_MS + 100
    await cancelTask(ctx, build)
    expect(task(taskId)?.state).toBe('CANCELED')
    expect(await reason(build)).toBe(IN_KOJI)
  })

  it('that has sent nothing leaves nothing to cancel', async () => {
    const { build } = await interrupted({ isSent: false })
    lateMs = LEASE_MS + 100
    await cancelTask(ctx, build)
    expect(await reason(build)).toBe(BEFORE_RUNNING)
    expect(await due()).toEqual([])
    expect(calls('cancelTask')).toBe(0)
  })

  it('that gives its claim back leaves nothing to look for', async () => {
    const { build, claimed } = await interrupted({ isSent: false })
    await dropClaim(ctx.db.fork(), build, claimed.claim)
    await cancelTask(ctx, build)
    expect(await due()).toEqual([])
    expect(calls('listTasks')).toBe(0)
  })

  it('that stores its task afterwards has it canceled by that', async () => {
    const { event, build, taskId } = await interrupted({ isSent: true })
    const fact = { kind: 'task-submitted', buildId: build, taskId: taskId ?? 0, retryCount: 0 } as const
    await applyFact(ctx, event, fact)
    await cancelTask(ctx, build)
    expect(task(taskId ?? 0)?.state).toBe('CANCELED')
    expect(calls('listTasks')).toBe(0)
  })
})

it('a task whose number the hub has given to another request goes on, and the build has that reason', async () => {
  const { event, build, taskId } = await runningBuild()
  const other = task(taskId)
  if (!other) throw new Error('no task')
  other.request = ['another source', 'target', { release: '1.1' }]
  await cancelEvent(ctx, event, request)
  await cancelTask(ctx, build)
  expect(task(taskId)?.state).not.toBe('CANCELED')
  expect([await reason(build), await due()]).toEqual([NOT_IN_KOJI, []])
})

it('in a dry run no call is sent', async () => {
  const event = await makeEvent(ctx, { dryRun: true })
  const build = await makeBuild(ctx, event, { state: 'BUILD', taskId: -5 })
  const planned = await makeBuild(ctx, event, { depOn: build })
  expect(await cancelEvent(ctx, event, request)).toBe('CANCELED')
  expect([await state(build), await state(planned)]).toEqual([1, 3])
  expect(await due()).toEqual([])
  expect([...world.lab.world.kojiCalls.keys()]).toEqual([])
})

describe('a task of a try that nothing follows', () => {
  const searches = () => ctx.db.fork().execute('select build_id from surplus_searches')
  /** The report that the sweep makes of the stored search, after the queue has lost everything. */
  const lookForSurplus = async (buildId: number) => {
    await ctx.queues.byName.transition.obliterate({ force: true })
    await sweep(ctx)
    const jobs = await ctx.queues.byName.transition.getJobs(['waiting'])
    const report = jobs
      .map(({ data }) => data)
      .find((data) => data.kind === 'surplus-due' && data.buildId === buildId)
    if (!report) throw new Error('no look for such a task')
    return report
  }

  afterEach(async () => {
    expect(await searches()).toEqual([])
  })

  it('which the hub made late for a run that was killed is canceled, and the one that is followed goes on', async () => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, IMAGE)
    const killed = await claimBuild(ctx, build, LEASE_MS)
    const late = killed && containerRequest(killed, ctx.settings)
    if (!late || typeof late === 'string') throw new Error('nothing to submit')
    lateMs = LEASE_MS + 1000
    await submitBuild(ctx, build)
    const report = await lookForSurplus(build)
    expect(await failureOf(handleReport(ctx, report))).toBeInstanceOf(NotReady)
    const surplus = (await ctx.clients.koji?.submitContainer(late)) ?? 0
    await handleReport(ctx, report)
    const followed = (await buildColumn<number>(ctx, build, 'build_id')) ?? 0
    expect(task(surplus)?.state).toBe('CANCELED')
    expect(task(followed)?.state).not.toBe('CANCELED')
    lateMs += 3_600_000
    expect(await failureOf(handleReport(ctx, { ...report, release: 'other' }))).toBeUndefined()
  })

  it('which the hub made late for a run that was killed, of a build that is canceled, is canceled', async () => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, IMAGE)
    const killed = await claimBuild(ctx, build, LEASE_MS)
    const late = killed && containerRequest(killed, ctx.settings)
    if (!late || typeof late === 'string') throw new Error('nothing to submit')
    await cancelEvent(ctx, event, request)
    lateMs = LEASE_MS + 1000
    await cancelTask(ctx, build)
    const report = await lookForSurplus(build)
    expect(await failureOf(handleReport(ctx, report))).toBeInstanceOf(NotReady)
    const taskId = (await ctx.clients.koji?.submitContainer(late)) ?? 0
    await handleReport(ctx, report)
    expect(task(taskId)?.state).toBe('CANCELED')
  })

  it.each([
    ['before its build failed', true],
    ['late, after its build failed', false],
  ])('which the hub made for a run that was killed, %s, is canceled', async (_when, isSent) => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, IMAGE)
    const killed = await claimBuild(ctx, build, LEASE_MS)
    const sent = killed && containerRequest(killed, ctx.settings)
    if (!sent || typeof sent === 'string') throw new Error('nothing to submit')
    const submit = async () => (await ctx.clients.koji?.submitContainer(sent)) ?? 0
    const early = isSent ? await submit() : 0
    await applyFact(ctx, event, { kind: 'submission-refused', buildId: build, reason: 'its compose failed' })
    expect(await due()).toEqual([build])
    lateMs = LEASE_MS + 1000
    await cancelTask(ctx, build)
    expect(await due()).toEqual([])
    const taskId = early || (await submit())
    if (!isSent) await handleReport(ctx, await lookForSurplus(build))
    expect(task(taskId)?.state).toBe('CANCELED')
    expect([await state(build), await reason(build)]).toEqual([2, 'its compose failed'])
    expect(await buildColumn(ctx, build, 'submit_claim')).toBeNull()
  })

  it('is looked for as long after the last submission of the try as after the first', async () => {
    const build = await makeBuild(ctx, await makeEvent(ctx), IMAGE)
    const claimed = await claimBuild(ctx, build, LEASE_MS)
    const sent = claimed && containerRequest(claimed, ctx.settings)
    if (!sent || typeof sent === 'string') throw new Error('nothing to submit')
    const since = ctx.now()
    await expectSurplus(ctx, build, sent, since)
    const first = await lookForSurplus(build)
    lateMs += 590_000
    await expectSurplus(ctx, build, sent, since)
    lateMs += 20_000
    await handleReport(ctx, first)
    const second = await lookForSurplus(build)
    expect(await failureOf(handleReport(ctx, second))).toBeInstanceOf(NotReady)
    lateMs += 600_000
    await handleReport(ctx, second)
  })

  it('cannot be there when the hub has refused to make one', async () => {
    const build = await makeBuild(ctx, await makeEvent(ctx), IMAGE)
    fault({ kind: 'call-fault', operation: 'buildContainer', code: 1005, text: 'not for you' })
    await submitBuild(ctx, build)
    expect([await state(build), await due()]).toEqual([2, []])
  })

  it('which the hub made while its build ended is canceled', async () => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event, IMAGE)
    const { koji } = ctx.clients
    if (!koji) throw new Error('there is no hub')
    const submitContainer: typeof koji.submitContainer = async (...args) => {
      const taskId = await koji.submitContainer(...args)
      await applyFact(ctx, event, {
        kind: 'submission-refused',
        buildId: build,
        reason: 'its compose is gone',
      })
      return taskId
    }
    await submitBuild({ ...ctx, clients: { ...ctx.clients, koji: { ...koji, submitContainer } } }, build)
    expect(await state(build)).toBe(2)
    await handleReport(ctx, await lookForSurplus(build))
    const last = Math.max(...world.lab.world.koji.tasks.keys())
    expect(task(last)?.state).toBe('CANCELED')
  })
})
