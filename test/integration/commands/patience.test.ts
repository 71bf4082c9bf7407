/** The patience of jobs that wait: it is kept for each service, and ends with a reason. */
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../src/commands/wait.ts'
import { waitsOfEvent } from '../../../src/db/queries/waits.ts'
import { NotReady, NotVerifiable } from '../../../src/lib/errors.ts'
import { attempt } from '../../../workers/run/attempt.ts'
import type { GiveUpReason, WorkerOf } from '../../../workers/run/worker.ts'
import { makeEvent } from '../../factories.ts'
import { OFFLINE, refusedByOdcs, useWaits } from '../../support/trouble/waiting.ts'

const waits = useWaits()

describe('a job that meets trouble', () => {
  it('gives up when its patience is over, with how long it waited', async () => {
    const event = await makeEvent(waits.ctx)
    const subject = { jobId: `discover-${event}`, eventId: event }
    await waitFor(waits.ctx, subject, OFFLINE)
    waits.later(86_399)
    expect(await waitFor(waits.ctx, subject, OFFLINE)).toMatchObject({ retryInMs: expect.any(Number) })
    waits.later(1)
    expect(await waitFor(waits.ctx, subject, OFFLINE)).toEqual({
      reason: `${OFFLINE.message} (waited 24 h 0 min)`,
    })
  })

  it('waits an hour for a verification', async () => {
    const subject = { jobId: 'transition-task-5' }
    const missing = new NotVerifiable('no RPMs are known')
    await waitFor(waits.ctx, subject, missing)
    waits.later(3599)
    expect(await waitFor(waits.ctx, subject, missing)).toMatchObject({ retryInMs: expect.any(Number) })
    waits.later(1)
    expect(await waitFor(waits.ctx, subject, missing)).toEqual({
      reason: 'no RPMs are known (waited 1 h 0 min)',
    })
    expect(await waits.troubles()).toEqual([])
  })

  it('keeps its patience for one service while another one fails, until that one answers it', async () => {
    const subject = { jobId: 'discover-9' }
    const odcs = refusedByOdcs(503)
    await waitFor(waits.ctx, subject, OFFLINE)
    waits.later(50_000)
    await waitFor(waits.ctx, subject, odcs)
    waits.later(36_400)
    expect(await waitFor(waits.ctx, subject, OFFLINE)).toEqual({
      reason: `${OFFLINE.message} (waited 24 h 0 min)`,
    })
    expect(await waitFor(waits.ctx, subject, odcs, new Set(['koji']))).toMatchObject({
      retryInMs: expect.any(Number),
    })
    expect(await waitFor(waits.ctx, subject, OFFLINE, new Set(['koji']))).toMatchObject({
      retryInMs: expect.any(Number),
    })
    waits.later(50_000)
    expect(await waitFor(waits.ctx, subject, odcs)).toMatchObject({
      reason: expect.stringContaining('24 h 0 min'),
    })
  })

  it('keeps its patience for a verification in trouble, during which that stands still', async () => {
    const subject = { jobId: 'transition-task-5' }
    const missing = new NotVerifiable('no RPMs are known')
    const koji = new Set(['koji'])
    await waitFor(waits.ctx, subject, missing)
    waits.later(1800)
    await waitFor(waits.ctx, subject, OFFLINE)
    waits.later(36_000)
    expect(await waitFor(waits.ctx, subject, missing, koji)).toMatchObject({ retryInMs: expect.any(Number) })
    waits.later(1799)
    expect(await waitFor(waits.ctx, subject, missing, koji)).toMatchObject({ retryInMs: expect.any(Number) })
    waits.later(1)
    expect(await waitFor(waits.ctx, subject, missing, koji)).toEqual({
      reason: 'no RPMs are known (waited 1 h 0 min)',
    })
  })

  it('continues its patience after a wait that a release without clocks has stored', async () => {
    await waitFor(waits.ctx, { jobId: 'discover-9' }, OFFLINE)
    await waits.ctx.db.fork().execute(`update waits set clocks = '{}'`)
    waits.later(86_400)
    expect(await waitFor(waits.ctx, { jobId: 'discover-9' }, OFFLINE)).toHaveProperty('reason')
  })

  it('is given up by its worker with that reason', async () => {
    const reasons: GiveUpReason[] = []
    const worker: WorkerOf<'plan'> = {
      run: async () => {
        throw OFFLINE
      },
      giveUp: async (_ctx, _payload, reason) => void reasons.push(reason),
    }
    const event = await makeEvent(waits.ctx)
    for (let n = 0; n < 20; n += 1)
      await expect(
        attempt(waits.ctx, { queue: 'plan', worker, payload: { eventId: event }, isLast: true }),
      ).rejects.toMatchObject({
        name: 'NotReady',
      })
    waits.later(86_400)
    await attempt(waits.ctx, { queue: 'plan', worker, payload: { eventId: event }, isLast: true })
    expect(reasons).toMatchObject([{ kind: 'out-of-patience', text: expect.stringContaining('offline') }])
    expect(await waitsOfEvent(waits.ctx.db.fork(), event, 1000)).toEqual([])
  })

  it('is given up by the next run when the process died before its end was stored', async () => {
    const given: string[] = []
    const worker: WorkerOf<'plan'> = {
      run: () => Promise.reject(OFFLINE),
      giveUp: async (_ctx, _payload, { kind }) => {
        if (given.push(kind) === 1) throw new Error('the process died')
      },
    }
    const payload = { eventId: await makeEvent(waits.ctx) }
    const run = () => attempt(waits.ctx, { queue: 'plan', worker, payload, isLast: false })
    await expect(run()).rejects.toBeInstanceOf(NotReady)
    waits.later(86_400)
    await expect(run()).rejects.toThrow('the process died')
    await run()
    expect(given).toEqual(['out-of-patience', 'out-of-patience'])
  })
})
