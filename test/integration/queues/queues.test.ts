/** The queues on both stores: the same promises about jobs, whichever keeps them. */
import { describe, expect, it, vi } from 'vitest'
import type { Payload } from '../../../queues/catalog.ts'
import { STORES, soon, useQueuesOn } from '../../support/queues/stores.ts'

vi.setConfig({ testTimeout: 240_000 })

describe.each(STORES)('on %s', (store) => {
  const jobs = useQueuesOn(store)

  it('is the configured store', () => {
    expect(jobs.ctx.queues.kind).toBe(store)
  })

  it('keeps one job for a payload that is added many times', async () => {
    for (let i = 0; i < 5; i += 1) await jobs.ctx.queues.enqueue('discover', { eventId: 1 })
    await jobs.ctx.queues.enqueueAll('discover', [{ payload: { eventId: 1 } }, { payload: { eventId: 2 } }])
    expect(await jobs.ctx.queues.byName.discover.getJobCounts('waiting')).toEqual({ waiting: 2 })
  })

  it('ends a job whose failure has a text that no database takes', async () => {
    await jobs.work({ poll: async () => Promise.reject(new Error('disk \0 full \ud800')) })
    await jobs.ctx.queues.enqueue('poll', { slot: 5 })
    await soon(async () =>
      expect(await jobs.ctx.queues.byName.poll.getJobCounts('failed')).toEqual({ failed: 1 }),
    )
    const [job] = await jobs.ctx.queues.byName.poll.getFailed()
    expect(job?.failedReason).toBe('disk \ufffd full \ufffd')
  })

  it('refuses a payload that the catalog does not know', async () => {
    const wrong = { eventId: 'one' } as unknown as Payload<'plan'>
    await expect(jobs.ctx.queues.enqueue('plan', wrong)).rejects.toThrow(/eventId/)
  })

  it('runs a job once, and again when it is added after its end', async () => {
    const seen: number[] = []
    await jobs.work({ plan: async (_ctx, { eventId }) => void seen.push(eventId) })
    await jobs.ctx.queues.enqueue('plan', { eventId: 7 })
    await soon(() => expect(seen).toEqual([7]))
    await soon(async () => expect(await jobs.ctx.queues.byName.plan.getJob('plan-7')).toBeUndefined())
    await jobs.ctx.queues.enqueue('plan', { eventId: 7 })
    await soon(() => expect(seen).toEqual([7, 7]))
  })

  it('takes the smallest priority number first', async () => {
    for (const [buildId, priority] of [
      [1, 30],
      [2, 10],
      [3, 20],
    ] as const)
      await jobs.ctx.queues.enqueue('submit', { buildId }, { priority })
    const started: number[] = []
    await jobs.work({ submit: async (_ctx, { buildId }) => void started.push(buildId) })
    await soon(() => expect(started).toEqual([2, 3, 1]))
  })

  it('holds a delayed job back until its time', async () => {
    const times: number[] = []
    await jobs.work({ plan: async () => void times.push(Date.now()) })
    const added = Date.now()
    await jobs.ctx.queues.enqueue('plan', { eventId: 8 }, { delayMs: 600 })
    await soon(() => expect(times).toHaveLength(1))
    expect((times[0] ?? 0) - added).toBeGreaterThanOrEqual(590)
  })

  it('puts back lost jobs wherever they are, and leaves a long queue alone', async () => {
    const items = Array.from({ length: 1200 }, (_none, n) => ({ payload: { eventId: n + 1 } }))
    await jobs.ctx.queues.requeue('plan', items)
    const { plan } = jobs.ctx.queues.byName
    expect(await plan.getWaitingCount()).toBe(1200)
    const lookUps = vi.spyOn(plan, 'getJobState')
    await jobs.ctx.queues.requeue('plan', items)
    expect(lookUps.mock.calls.length).toBe(500)
    for (const lost of ['plan-3', 'plan-700', 'plan-1200']) await plan.remove(lost)
    await jobs.ctx.queues.requeue('plan', items)
    expect(await plan.getWaitingCount()).toBe(1200)
    await plan.remove('plan-1200') // behind a queue that is as it should be otherwise
    await jobs.ctx.queues.requeue('plan', items)
    expect(await plan.getWaitingCount()).toBe(1200)
    lookUps.mockRestore()
  })
})
