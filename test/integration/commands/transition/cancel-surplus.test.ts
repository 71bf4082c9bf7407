/** Tasks that the lab's build system made for submissions that nothing follows: they are looked for and canceled. */
import { afterEach, describe, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { submitBuild } from '../../../../src/commands/submit/submit-build.ts'
import { sweep } from '../../../../src/commands/sweep/sweep.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { cancelEvent } from '../../../../src/commands/transition/cancel-event.ts'
import { expectSurplus } from '../../../../src/commands/transition/cancel-surplus.ts'
import { cancelTask } from '../../../../src/commands/transition/cancel-task.ts'
import { handleReport } from '../../../../src/commands/transition/handle-report.ts'
import { containerRequest } from '../../../../src/domain/rebuild/submit/container-request.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { failureOf, IMAGE, LEASE_MS, request, useCanceling } from '../../../support/cancel/canceling.ts'

const lab = useCanceling()

describe('a task of a try that nothing follows', () => {
  const searches = () => lab.ctx.db.fork().execute('select build_id from surplus_searches')
  /** The report that the sweep makes of the stored search, after the queue has lost everything. */
  const lookForSurplus = async (buildId: number) => {
    await lab.ctx.queues.byName.transition.obliterate({ force: true })
    await sweep(lab.ctx)
    const jobs = await lab.ctx.queues.byName.transition.getJobs(['waiting'])
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
    const event = await makeEvent(lab.ctx)
    const build = await makeBuild(lab.ctx, event, IMAGE)
    const killed = await claimBuild(lab.ctx, build, LEASE_MS)
    const late = killed && containerRequest(killed, lab.ctx.settings)
    if (!late || typeof late === 'string') throw new Error('nothing to submit')
    lab.clock.lateMs = LEASE_MS + 1000
    await submitBuild(lab.ctx, build)
    const report = await lookForSurplus(build)
    expect(await failureOf(handleReport(lab.ctx, report))).toBeInstanceOf(NotReady)
    const surplus = (await lab.ctx.clients.koji?.submitContainer(late)) ?? 0
    await handleReport(lab.ctx, report)
    const followed = (await buildColumn<number>(lab.ctx, build, 'build_id')) ?? 0
    expect(lab.task(surplus)?.state).toBe('CANCELED')
    expect(lab.task(followed)?.state).not.toBe('CANCELED')
    lab.clock.lateMs += 3_600_000
    expect(await failureOf(handleReport(lab.ctx, { ...report, release: 'other' }))).toBeUndefined()
  })

  it('which the hub made late for a run that was killed, of a build that is canceled, is canceled', async () => {
    const event = await makeEvent(lab.ctx)
    const build = await makeBuild(lab.ctx, event, IMAGE)
    const killed = await claimBuild(lab.ctx, build, LEASE_MS)
    const late = killed && containerRequest(killed, lab.ctx.settings)
    if (!late || typeof late === 'string') throw new Error('nothing to submit')
    await cancelEvent(lab.ctx, event, request)
    lab.clock.lateMs = LEASE_MS + 1000
    await cancelTask(lab.ctx, build)
    const report = await lookForSurplus(build)
    expect(await failureOf(handleReport(lab.ctx, report))).toBeInstanceOf(NotReady)
    const taskId = (await lab.ctx.clients.koji?.submitContainer(late)) ?? 0
    await handleReport(lab.ctx, report)
    expect(lab.task(taskId)?.state).toBe('CANCELED')
  })

  it.each([
    ['before its build failed', true],
    ['late, after its build failed', false],
  ])('which the hub made for a run that was killed, %s, is canceled', async (_when, isSent) => {
    const event = await makeEvent(lab.ctx)
    const build = await makeBuild(lab.ctx, event, IMAGE)
    const killed = await claimBuild(lab.ctx, build, LEASE_MS)
    const sent = killed && containerRequest(killed, lab.ctx.settings)
    if (!sent || typeof sent === 'string') throw new Error('nothing to submit')
    const submit = async () => (await lab.ctx.clients.koji?.submitContainer(sent)) ?? 0
    const early = isSent ? await submit() : 0
    await applyFact(lab.ctx, event, {
      kind: 'submission-refused',
      buildId: build,
      reason: 'its compose failed',
    })
    expect(await lab.due()).toEqual([build])
    lab.clock.lateMs = LEASE_MS + 1000
    await cancelTask(lab.ctx, build)
    expect(await lab.due()).toEqual([])
    const taskId = early || (await submit())
    if (!isSent) await handleReport(lab.ctx, await lookForSurplus(build))
    expect(lab.task(taskId)?.state).toBe('CANCELED')
    expect([await lab.state(build), await lab.reason(build)]).toEqual([2, 'its compose failed'])
    expect(await buildColumn(lab.ctx, build, 'submit_claim')).toBeNull()
  })

  it('is looked for as long after the last submission of the try as after the first', async () => {
    const build = await makeBuild(lab.ctx, await makeEvent(lab.ctx), IMAGE)
    const claimed = await claimBuild(lab.ctx, build, LEASE_MS)
    const sent = claimed && containerRequest(claimed, lab.ctx.settings)
    if (!sent || typeof sent === 'string') throw new Error('nothing to submit')
    const since = lab.ctx.now()
    await expectSurplus(lab.ctx, build, sent, since)
    const first = await lookForSurplus(build)
    lab.clock.lateMs += 590_000
    await expectSurplus(lab.ctx, build, sent, since)
    lab.clock.lateMs += 20_000
    await handleReport(lab.ctx, first)
    const second = await lookForSurplus(build)
    expect(await failureOf(handleReport(lab.ctx, second))).toBeInstanceOf(NotReady)
    lab.clock.lateMs += 600_000
    await handleReport(lab.ctx, second)
  })

  it('cannot be there when the hub has refused to make one', async () => {
    const build = await makeBuild(lab.ctx, await makeEvent(lab.ctx), IMAGE)
    lab.fault({ kind: 'call-fault', operation: 'buildContainer', code: 1005, text: 'not for you' })
    await submitBuild(lab.ctx, build)
    expect([await lab.state(build), await lab.due()]).toEqual([2, []])
  })

  it('which the hub made while its build ended is canceled', async () => {
    const event = await makeEvent(lab.ctx)
    const build = await makeBuild(lab.ctx, event, IMAGE)
    const { koji } = lab.ctx.clients
    if (!koji) throw new Error('there is no hub')
    const submitContainer: typeof koji.submitContainer = async (...args) => {
      const taskId = await koji.submitContainer(...args)
      await applyFact(lab.ctx, event, {
        kind: 'submission-refused',
        buildId: build,
        reason: 'its compose is gone',
      })
      return taskId
    }
    await submitBuild(
      { ...lab.ctx, clients: { ...lab.ctx.clients, koji: { ...koji, submitContainer } } },
      build,
    )
    expect(await lab.state(build)).toBe(2)
    await handleReport(lab.ctx, await lookForSurplus(build))
    const last = Math.max(...lab.world.koji.tasks.keys())
    expect(lab.task(last)?.state).toBe('CANCELED')
  })
})
