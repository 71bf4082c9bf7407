/** Waiting for services: trouble begins and ends once, patience ends, and one probe goes ahead of all submissions. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { KojiFault } from '../../../src/clients/koji/hub/fault.ts'
import {
  notingWrites,
  passCircuit,
  pauseMs,
  recordRecovery,
  recordTrouble,
} from '../../../src/commands/service-trouble.ts'
import { recordProgress, waitFor } from '../../../src/commands/wait.ts'
import { serviceTroubles } from '../../../src/db/queries/service-troubles.ts'
import { waitsOfEvent } from '../../../src/db/queries/waits.ts'
import {
  NotReady,
  NotVerifiable,
  OutcomeUnknown,
  ServiceInTrouble,
  UpstreamError,
} from '../../../src/lib/errors.ts'
import { attempt } from '../../../workers/run/attempt.ts'
import type { GiveUpReason, WorkerOf } from '../../../workers/run/worker.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'

const OFFLINE = new KojiFault(1014, 'hub is offline for maintenance')
const START = new Date('2026-11-27T12:00:00Z')

let ctx: TestContext
let now = START
beforeEach(async () => {
  ctx ??= { ...(await createTestContext()), now: () => now }
  now = START
  await ctx.db.fork().execute('delete from service_troubles')
  await ctx.db.fork().execute('delete from waits')
})
afterAll(() => ctx.drop())
const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000)
}
const troubles = async () =>
  (await serviceTroubles(ctx.db.fork())).map(({ service, blame }) => [service, blame])

const refusedByOdcs = (status: number) =>
  new UpstreamError({ service: 'odcs', failure: 'status', detail: `HTTP ${status}`, status })

describe('a job that meets trouble', () => {
  it('waits with pauses that grow to a minute', () => {
    expect(pauseMs(0, 0)).toBe(1000)
    expect(pauseMs(10_000, 0)).toBe(5000)
    expect(pauseMs(3_600_000, 0)).toBe(60_000)
    expect(pauseMs(10_000, 1)).toBe(4000)
  })

  it.each([
    ['fault 1014', OFFLINE, 'service'],
    ['fault 1, a full disk', new KojiFault(1, "<class 'OSError'>: No space left on device"), 'service'],
    ['a blocked user', new KojiFault(1002, 'logins by us are not allowed'), 'account'],
    ['503', refusedByOdcs(503), 'service'],
    ['401', refusedByOdcs(401), 'account'],
    [
      'a lost connection',
      new UpstreamError({ service: 'pyxis', failure: 'unreachable', detail: 'ECONNRESET' }),
      'service',
    ],
    [
      'half an answer',
      new UpstreamError({ service: 'pyxis', failure: 'bad-answer', detail: 'not valid JSON', status: 200 }),
      'service',
    ],
  ] as const)('waits because of %s, and its event reports it', async (_name, error, blame) => {
    const event = await makeEvent(ctx)
    const build = await makeBuild(ctx, event)
    expect(await waitFor(ctx, { jobId: `submit-${build}`, buildId: build }, error)).toMatchObject({
      retryInMs: expect.any(Number),
    })
    expect(await troubles()).toEqual([[error.service, blame]])
    expect(await waitsOfEvent(ctx.db.fork(), event, 1000)).toMatchObject([
      { buildId: build, service: error.service, blame, since: START, detail: error.message },
    ])
  })

  it.each([
    ['fault 1000', new KojiFault(1000, 'No such build')],
    ['fault 1005', new KojiFault(1005, 'Target not found')],
    ['a record that cannot be decoded', new KojiFault(1, "<class 'binascii.Error'>: Incorrect padding")],
    ['404', refusedByOdcs(404)],
    ['400', refusedByOdcs(400)],
    ['a mistake of ours', new TypeError('x is not a function')],
  ])('about the thing itself does not wait: %s', async (_name, error) => {
    expect(await waitFor(ctx, { jobId: 'submit-1' }, error)).toBeUndefined()
    expect(await troubles()).toEqual([])
  })

  it('gives up when its patience is over, with how long it waited', async () => {
    const event = await makeEvent(ctx)
    const subject = { jobId: `discover-${event}`, eventId: event }
    await waitFor(ctx, subject, OFFLINE)
    later(86_399)
    expect(await waitFor(ctx, subject, OFFLINE)).toMatchObject({ retryInMs: expect.any(Number) })
    later(1)
    expect(await waitFor(ctx, subject, OFFLINE)).toEqual({ reason: `${OFFLINE.message} (waited 24 h 0 min)` })
  })

  it('is postponed for as long as the service requests, and nothing probes it before', async () => {
    const details = { service: 'koji', failure: 'status', detail: 'HTTP 429', status: 429 } as const
    const busy = new UpstreamError({ ...details, retryAfterMs: 45_000 })
    expect(await waitFor(ctx, { jobId: 'discover-9' }, busy)).toEqual({ retryInMs: 45_000 })
    const lost = new OutcomeUnknown('lost', { cause: busy })
    expect(await waitFor(ctx, { jobId: 'plan-9' }, lost)).toEqual({ retryInMs: 45_000 })
    later(44)
    await expect(passCircuit(ctx, 'koji')).rejects.toMatchObject({ retryInMs: 1000 })
    await recordTrouble(ctx, { service: 'koji', blame: 'service', detail: 'HTTP 503' })
    await expect(passCircuit(ctx, 'koji')).rejects.toBeInstanceOf(ServiceInTrouble)
    later(1)
    expect(await passCircuit(ctx, 'koji')).toBe(true)
  })

  it('is put off without the others that wait', async () => {
    const event = await makeEvent(ctx)
    await waitFor(ctx, { jobId: 'discover-7', eventId: event }, OFFLINE)
    later(600)
    await waitFor(ctx, { jobId: 'plan-7', eventId: event }, OFFLINE)
    const [first, second] = await waitsOfEvent(ctx.db.fork(), event, 60_000)
    expect(first?.nextAt.getTime()).toBeLessThan(now.getTime())
    expect(second?.nextAt.getTime()).toBeGreaterThan(now.getTime())
  })

  it('waits an hour for a verification', async () => {
    const subject = { jobId: 'transition-task-5' }
    const missing = new NotVerifiable('no RPMs are known')
    await waitFor(ctx, subject, missing)
    later(3599)
    expect(await waitFor(ctx, subject, missing)).toMatchObject({ retryInMs: expect.any(Number) })
    later(1)
    expect(await waitFor(ctx, subject, missing)).toEqual({ reason: 'no RPMs are known (waited 1 h 0 min)' })
    expect(await troubles()).toEqual([])
  })

  it('keeps its patience for one service while another one fails, until that one answers it', async () => {
    const subject = { jobId: 'discover-9' }
    const odcs = refusedByOdcs(503)
    await waitFor(ctx, subject, OFFLINE)
    later(50_000)
    await waitFor(ctx, subject, odcs)
    later(36_400)
    expect(await waitFor(ctx, subject, OFFLINE)).toEqual({ reason: `${OFFLINE.message} (waited 24 h 0 min)` })
    expect(await waitFor(ctx, subject, odcs, new Set(['koji']))).toMatchObject({
      retryInMs: expect.any(Number),
    })
    expect(await waitFor(ctx, subject, OFFLINE, new Set(['koji']))).toMatchObject({
      retryInMs: expect.any(Number),
    })
    later(50_000)
    expect(await waitFor(ctx, subject, odcs)).toMatchObject({ reason: expect.stringContaining('24 h 0 min') })
  })

  it('keeps its patience for a verification in trouble, during which that stands still', async () => {
    const subject = { jobId: 'transition-task-5' }
    const missing = new NotVerifiable('no RPMs are known')
    const koji = new Set(['koji'])
    await waitFor(ctx, subject, missing)
    later(1800)
    await waitFor(ctx, subject, OFFLINE)
    later(36_000)
    expect(await waitFor(ctx, subject, missing, koji)).toMatchObject({ retryInMs: expect.any(Number) })
    later(1799)
    expect(await waitFor(ctx, subject, missing, koji)).toMatchObject({ retryInMs: expect.any(Number) })
    later(1)
    expect(await waitFor(ctx, subject, missing, koji)).toEqual({
      reason: 'no RPMs are known (waited 1 h 0 min)',
    })
  })

  it('continues its patience after a wait that a release without clocks has stored', async () => {
    await waitFor(ctx, { jobId: 'discover-9' }, OFFLINE)
    await ctx.db.fork().execute(`update waits set clocks = '{}'`)
    later(86_400)
    expect(await waitFor(ctx, { jobId: 'discover-9' }, OFFLINE)).toHaveProperty('reason')
  })

  it('ends the trouble when it gets on, unless the service failed since', async () => {
    await waitFor(ctx, { jobId: 'discover-9' }, OFFLINE)
    later(10)
    const startedAt = now
    later(1)
    await recordTrouble(ctx, { service: 'koji', blame: 'service', detail: 'again' })
    await recordProgress(ctx, 'discover-9', startedAt, { proof: 'read' })
    expect(await troubles()).toEqual([['koji', 'service']])
    await waitFor(ctx, { jobId: 'discover-9' }, OFFLINE)
    later(1)
    await recordProgress(ctx, 'discover-9', now, { proof: 'read' })
    expect(await troubles()).toEqual([])
  })

  it('ends the trouble of every service it waited for, one after the other', async () => {
    const subject = { jobId: 'discover-9' }
    await waitFor(
      ctx,
      subject,
      new UpstreamError({ service: 'errata', failure: 'timeout', detail: 'no answer' }),
    )
    await waitFor(ctx, subject, OFFLINE)
    await waitFor(
      ctx,
      subject,
      new UpstreamError({ service: 'pyxis', failure: 'status', detail: 'HTTP 503', status: 503 }),
    )
    await waitFor(ctx, subject, OFFLINE)
    expect(await troubles()).toHaveLength(3)
    later(1)
    await recordProgress(ctx, 'discover-9', now, { proof: 'read' })
    expect(await troubles()).toEqual([])
  })

  it('ends only the trouble of the services that have answered it', async () => {
    await waitFor(ctx, { jobId: 'plan-9' }, OFFLINE)
    await waitFor(ctx, { jobId: 'plan-9' }, refusedByOdcs(503))
    later(1)
    await recordProgress(ctx, 'plan-9', now, { proof: 'write', answered: new Set(['odcs']) })
    expect(await troubles()).toEqual([['koji', 'service']])
  })

  it('ends its wait, but not the trouble, when it has nothing left to do and so has called no service', async () => {
    const event = await makeEvent(ctx)
    await waitFor(ctx, { jobId: `plan-${event}`, eventId: event }, refusedByOdcs(503))
    later(1)
    await recordProgress(ctx, `plan-${event}`, now, { proof: 'write', answered: new Set() })
    expect(await troubles()).toEqual([['odcs', 'service']])
    expect(await waitsOfEvent(ctx.db.fork(), event, 1000)).toEqual([])
  })

  it('is given up by its worker with that reason', async () => {
    const reasons: GiveUpReason[] = []
    const worker: WorkerOf<'plan'> = {
      run: async () => {
        throw OFFLINE
      },
      giveUp: async (_ctx, _payload, reason) => void reasons.push(reason),
    }
    const event = await makeEvent(ctx)
    for (let n = 0; n < 20; n += 1)
      await expect(
        attempt(ctx, { queue: 'plan', worker, payload: { eventId: event }, isLast: true }),
      ).rejects.toMatchObject({
        name: 'NotReady',
      })
    later(86_400)
    await attempt(ctx, { queue: 'plan', worker, payload: { eventId: event }, isLast: true })
    expect(reasons).toMatchObject([{ kind: 'out-of-patience', text: expect.stringContaining('offline') }])
    expect(await waitsOfEvent(ctx.db.fork(), event, 1000)).toEqual([])
  })

  it('is given up by the next run when the process died before its end was stored', async () => {
    const given: string[] = []
    const worker: WorkerOf<'plan'> = {
      run: () => Promise.reject(OFFLINE),
      giveUp: async (_ctx, _payload, { kind }) => {
        if (given.push(kind) === 1) throw new Error('the process died')
      },
    }
    const payload = { eventId: await makeEvent(ctx) }
    const run = () => attempt(ctx, { queue: 'plan', worker, payload, isLast: false })
    await expect(run()).rejects.toBeInstanceOf(NotReady)
    later(86_400)
    await expect(run()).rejects.toThrow('the process died')
    await run()
    expect(given).toEqual(['out-of-patience', 'out-of-patience'])
  })
})

describe('the circuit', () => {
  it('lets everything through while all is well', async () => {
    expect(await passCircuit(ctx, 'koji')).toBe(false)
  })

  it('lets one of many through to probe, and all once the service is back', async () => {
    await recordTrouble(ctx, { service: 'koji', blame: 'service', detail: 'offline' })
    const callers = await Promise.allSettled(Array.from({ length: 10 }, () => passCircuit(ctx, 'koji')))
    expect(callers.filter((caller) => caller.status === 'fulfilled')).toHaveLength(1)
    const refused = callers.flatMap((caller) => (caller.status === 'rejected' ? [caller.reason] : []))
    expect(refused.every((error) => error instanceof ServiceInTrouble && error.retryInMs >= 1000)).toBe(true)
    later(2)
    expect(await passCircuit(ctx, 'koji')).toBe(true)
    await recordRecovery(ctx, 'koji', now, 'write')
    expect(await passCircuit(ctx, 'koji')).toBe(false)
  })

  it('is not closed by any read while calls that change something fail', async () => {
    const fails = () => notingWrites(ctx, () => Promise.reject(OFFLINE))
    await expect(fails()).rejects.toBe(OFFLINE)
    await waitFor(ctx, { jobId: 'discover-9' }, OFFLINE) // a read that fails meanwhile changes nothing about that
    later(1)
    await recordRecovery(ctx, 'koji', now, 'anonymous read')
    await recordProgress(ctx, 'discover-9', now, { proof: 'read' })
    expect(await troubles()).toEqual([['koji', 'service']])
    await expect(fails()).rejects.toBe(OFFLINE)
    await recordRecovery(ctx, 'koji', START, 'write')
    expect(await troubles()).toEqual([['koji', 'service']])
    await recordRecovery(ctx, 'koji', now, 'write')
    expect(await troubles()).toEqual([])
  })

  it('is not closed by a call that changes something and fails for its own fault', async () => {
    const refusal = new KojiFault(1000, 'No such entry in table: build_target')
    await expect(notingWrites(ctx, () => Promise.reject(refusal))).rejects.toBe(refusal)
    expect(await troubles()).toEqual([])
    expect(await notingWrites(ctx, async () => 7)).toBe(7)
  })

  it('is not closed by a read without a login when our account is in trouble', async () => {
    await recordTrouble(ctx, { service: 'koji', blame: 'account', detail: 'blocked' })
    await recordRecovery(ctx, 'koji', now, 'anonymous read')
    expect(await troubles()).toEqual([['koji', 'account']])
  })
})
