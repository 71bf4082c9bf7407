/** The attempts of a job on both stores: which of them count, and when it is given up or started over. */
import { describe, expect, it, vi } from 'vitest'
import { CATALOG } from '../../../queues/catalog.ts'
import { NotReady, Permanent, Skip, UpstreamError } from '../../../src/lib/errors.ts'
import type { GiveUpReason } from '../../../workers/run/worker.ts'
import { STORES, soon, useQueuesOn } from '../../support/queues/stores.ts'

vi.setConfig({ testTimeout: 240_000 })

describe.each(STORES)('on %s', (store) => {
  const jobs = useQueuesOn(store)

  it('postpones a job that is not ready without counting an attempt', async () => {
    let runs = 0
    const givenUp: GiveUpReason[] = []
    await jobs.work({
      plan: {
        run: async () => {
          runs += 1
          if (runs <= CATALOG.plan.attempts + 2) throw new NotReady('not yet', 20)
        },
        giveUp: async (_ctx, _payload, reason) => void givenUp.push(reason),
      },
    })
    await jobs.ctx.queues.enqueue('plan', { eventId: 9 })
    await soon(() => expect(runs).toBe(CATALOG.plan.attempts + 3))
    expect(givenUp).toEqual([])
  })

  it('ends a job at once when repeating cannot help, and keeps one that stays due with its reason', async () => {
    let runs = 0
    await jobs.work({
      plan: async () => {
        runs += 1
        throw new Permanent('never')
      },
    })
    await jobs.ctx.queues.enqueue('plan', { eventId: 10 })
    await soon(async () => {
      const job = await jobs.ctx.queues.byName.plan.getJob('plan-10')
      expect(await job?.isFailed()).toBe(true)
      expect(job?.failedReason).toBe('never')
    })
    expect(runs).toBe(1)
  })

  it('starts a failed job over when it is requeued, but not when it is only added again', async () => {
    let fail = true
    let runs = 0
    await jobs.work({
      plan: async () => {
        runs += 1
        if (fail) throw new Permanent('broken')
      },
    })
    await jobs.ctx.queues.enqueue('plan', { eventId: 11 })
    await soon(async () =>
      expect(await (await jobs.ctx.queues.byName.plan.getJob('plan-11'))?.isFailed()).toBe(true),
    )
    fail = false
    await jobs.ctx.queues.enqueue('plan', { eventId: 11 })
    expect(runs).toBe(1)
    await jobs.ctx.queues.requeue('plan', [{ payload: { eventId: 11 } }])
    await soon(() => expect(runs).toBe(2))
  })

  it.each([
    ['skip', new Skip('nothing to do')],
    ['permanent', new Permanent('never')],
  ] as const)('gives a job up at its first attempt when waiting will not help: %s', async (kind, error) => {
    const givenUp: GiveUpReason[] = []
    let runs = 0
    await jobs.work({
      plan: {
        run: async () => {
          runs += 1
          throw error
        },
        giveUp: async (_ctx, _payload, reason) => void givenUp.push(reason),
      },
    })
    await jobs.ctx.queues.enqueue('plan', { eventId: 12 })
    await soon(async () => expect(await jobs.ctx.queues.byName.plan.getJob('plan-12')).toBeUndefined())
    expect(givenUp).toMatchObject([{ kind, text: error.message }])
    expect(runs).toBe(1)
  })

  it('gives a job up once no attempt is left, with what went wrong', async () => {
    const givenUp: [number, GiveUpReason][] = []
    let runs = 0
    await jobs.work({
      plan: {
        run: async () => {
          runs += 1
          throw new Error('once more')
        },
        giveUp: async (_ctx, { eventId }, reason) => void givenUp.push([eventId, reason]),
      },
    })
    const { attempts } = CATALOG.plan
    await jobs.ctx.queues.byName.plan.add('plan', { eventId: 13 }, { jobId: 'plan-13', attempts })
    await soon(() => expect(givenUp).toHaveLength(1))
    expect(givenUp).toMatchObject([[13, { kind: 'out-of-attempts', text: 'once more' }]])
    expect(runs).toBe(attempts)
  })

  it('gives a job all its attempts again when it is started over', async () => {
    let runs = 0
    const givenUp: number[] = []
    const fail = async () => {
      runs += 1
      const code = runs === 2 ? '57P01' : undefined
      throw Object.assign(new Error('once more'), { code })
    }
    await jobs.work({ plan: { run: fail, giveUp: async () => void givenUp.push(runs) } })
    await jobs.ctx.queues.byName.plan.add('plan', { eventId: 15 }, { jobId: 'plan-15', attempts: 2 })
    await soon(async () =>
      expect(await (await jobs.ctx.queues.byName.plan.getJob('plan-15'))?.isFailed()).toBe(true),
    )
    await jobs.ctx.queues.requeue('plan', [{ payload: { eventId: 15 } }])
    await soon(() => expect(givenUp).toEqual([4]))
  })

  it('never gives a job up for a service that is away', async () => {
    let givenUp = 0
    await jobs.work({
      plan: {
        run: async () => {
          throw new UpstreamError({ service: 'Koji', failure: 'unreachable', detail: 'connection refused' })
        },
        giveUp: async () => {
          givenUp += 1
        },
      },
    })
    await jobs.ctx.queues.byName.plan.add('plan', { eventId: 14 }, { jobId: 'plan-14', attempts: 2 })
    await soon(async () =>
      expect(await (await jobs.ctx.queues.byName.plan.getJob('plan-14'))?.isFailed()).toBe(true),
    )
    expect(givenUp).toBe(0)
  })
})
