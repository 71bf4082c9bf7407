/** Canceling a build whose submission is under way, or was when its worker was killed. */
import { describe, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { cancelEvent } from '../../../../src/commands/transition/cancel-event.ts'
import { cancelTask } from '../../../../src/commands/transition/cancel-task.ts'
import { dropClaim } from '../../../../src/db/queries/submit/build-claim.ts'
import { containerRequest } from '../../../../src/domain/rebuild/submit/container-request.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import {
  BEFORE_RUNNING,
  failureOf,
  HOUR_MS,
  IMAGE,
  IN_KOJI,
  LEASE_MS,
  request,
  useCanceling,
} from '../../../support/cancel/canceling.ts'

const lab = useCanceling()

describe('a submission that was under way', () => {
  /** A canceled build whose worker was killed while it held the claim; `isSent`: after its request arrived. */
  async function interrupted({ isSent }: { isSent: boolean }) {
    const event = await makeEvent(lab.ctx)
    const build = await makeBuild(lab.ctx, event, IMAGE)
    const claimed = await claimBuild(lab.ctx, build, LEASE_MS)
    const sent = claimed && containerRequest(claimed, lab.ctx.settings)
    if (!claimed || !sent || typeof sent === 'string') throw new Error('not claimed')
    const taskId = isSent ? await lab.ctx.clients.koji?.submitContainer(sent) : undefined
    expect(await cancelEvent(lab.ctx, event, request)).toBe('CANCELED')
    return { event, build, claimed, taskId }
  }

  it('is waited for while its claim lasts, then its task is found and canceled', async () => {
    const { build, taskId } = await interrupted({ isSent: true })
    expect(await lab.reason(build)).toBe(BEFORE_RUNNING)
    expect(await failureOf(cancelTask(lab.ctx, build))).toBeInstanceOf(NotReady)
    lab.clock.lateMs = LEASE_MS + 100
    await cancelTask(lab.ctx, build)
    expect(lab.task(taskId ?? 0)?.state).toBe('CANCELED')
    expect(await lab.reason(build)).toBe(IN_KOJI)
    expect(await buildColumn(lab.ctx, build, 'build_id')).toBe(taskId)
    expect(await lab.due()).toEqual([])
    expect(await buildColumn(lab.ctx, build, 'submit_claim')).toBeNull()
  })

  it('long ago, and was claimed again while the hub was away, has its task found and canceled', async () => {
    const event = await makeEvent(lab.ctx)
    const build = await makeBuild(lab.ctx, event, IMAGE)
    const claimed = await claimBuild(lab.ctx, build, LEASE_MS)
    const sent = claimed && containerRequest(claimed, lab.ctx.settings)
    if (!sent || typeof sent === 'string') throw new Error('not claimed')
    const taskId = (await lab.ctx.clients.koji?.submitContainer(sent)) ?? 0
    lab.clock.lateMs = 3 * HOUR_MS
    await claimBuild(lab.ctx, build, LEASE_MS)
    await cancelEvent(lab.ctx, event, request)
    lab.clock.lateMs += LEASE_MS + 100
    await cancelTask(lab.ctx, build)
    expect(lab.task(taskId)?.state).toBe('CANCELED')
    expect(await lab.reason(build)).toBe(IN_KOJI)
  })

  it('that has sent nothing leaves nothing to cancel', async () => {
    const { build } = await interrupted({ isSent: false })
    lab.clock.lateMs = LEASE_MS + 100
    await cancelTask(lab.ctx, build)
    expect(await lab.reason(build)).toBe(BEFORE_RUNNING)
    expect(await lab.due()).toEqual([])
    expect(lab.calls('cancelTask')).toBe(0)
  })

  it('that gives its claim back leaves nothing to look for', async () => {
    const { build, claimed } = await interrupted({ isSent: false })
    await dropClaim(lab.ctx.db.fork(), build, claimed.claim)
    await cancelTask(lab.ctx, build)
    expect(await lab.due()).toEqual([])
    expect(lab.calls('listTasks')).toBe(0)
  })

  it('that stores its task afterwards has it canceled by that', async () => {
    const { event, build, taskId } = await interrupted({ isSent: true })
    const fact = { kind: 'task-submitted', buildId: build, taskId: taskId ?? 0, retryCount: 0 } as const
    await applyFact(lab.ctx, event, fact)
    await cancelTask(lab.ctx, build)
    expect(lab.task(taskId ?? 0)?.state).toBe('CANCELED')
    expect(lab.calls('listTasks')).toBe(0)
  })
})
