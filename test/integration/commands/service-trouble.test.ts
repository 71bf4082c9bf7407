/** Trouble of services ends once they have answered, and until then one probe goes ahead of all submissions. */
import { describe, expect, it } from 'vitest'
import { KojiFault } from '../../../src/clients/koji/hub/fault.ts'
import {
  notingWrites,
  passCircuit,
  recordRecovery,
  recordTrouble,
} from '../../../src/commands/service-trouble.ts'
import { recordProgress, waitFor } from '../../../src/commands/wait.ts'
import { waitsOfEvent } from '../../../src/db/queries/waits.ts'
import { ServiceInTrouble, UpstreamError } from '../../../src/lib/errors.ts'
import { makeEvent } from '../../factories.ts'
import { OFFLINE, refusedByOdcs, START, useWaits } from '../../support/trouble/waiting.ts'

const waits = useWaits()

describe('a job that meets trouble', () => {
  it('ends the trouble when it gets on, unless the service failed since', async () => {
    await waitFor(waits.ctx, { jobId: 'discover-9' }, OFFLINE)
    waits.later(10)
    const startedAt = waits.now
    waits.later(1)
    await recordTrouble(waits.ctx, { service: 'koji', blame: 'service', detail: 'again' })
    await recordProgress(waits.ctx, 'discover-9', startedAt, { proof: 'read' })
    expect(await waits.troubles()).toEqual([['koji', 'service']])
    await waitFor(waits.ctx, { jobId: 'discover-9' }, OFFLINE)
    waits.later(1)
    await recordProgress(waits.ctx, 'discover-9', waits.now, { proof: 'read' })
    expect(await waits.troubles()).toEqual([])
  })

  it('ends the trouble of every service it waited for, one after the other', async () => {
    const subject = { jobId: 'discover-9' }
    await waitFor(
      waits.ctx,
      subject,
      new UpstreamError({ service: 'errata', failure: 'timeout', detail: 'no answer' }),
    )
    await waitFor(waits.ctx, subject, OFFLINE)
    await waitFor(
      waits.ctx,
      subject,
      new UpstreamError({ service: 'pyxis', failure: 'status', detail: 'HTTP 503', status: 503 }),
    )
    await waitFor(waits.ctx, subject, OFFLINE)
    expect(await waits.troubles()).toHaveLength(3)
    waits.later(1)
    await recordProgress(waits.ctx, 'discover-9', waits.now, { proof: 'read' })
    expect(await waits.troubles()).toEqual([])
  })

  it('ends only the trouble of the services that have answered it', async () => {
    await waitFor(waits.ctx, { jobId: 'plan-9' }, OFFLINE)
    await waitFor(waits.ctx, { jobId: 'plan-9' }, refusedByOdcs(503))
    waits.later(1)
    await recordProgress(waits.ctx, 'plan-9', waits.now, { proof: 'write', answered: new Set(['odcs']) })
    expect(await waits.troubles()).toEqual([['koji', 'service']])
  })

  it('ends its wait, but not the trouble, when it has nothing left to do and so has called no service', async () => {
    const event = await makeEvent(waits.ctx)
    await waitFor(waits.ctx, { jobId: `plan-${event}`, eventId: event }, refusedByOdcs(503))
    waits.later(1)
    await recordProgress(waits.ctx, `plan-${event}`, waits.now, { proof: 'write', answered: new Set() })
    expect(await waits.troubles()).toEqual([['odcs', 'service']])
    expect(await waitsOfEvent(waits.ctx.db.fork(), event, 1000)).toEqual([])
  })
})

describe('the circuit', () => {
  it('lets everything through while all is well', async () => {
    expect(await passCircuit(waits.ctx, 'koji')).toBe(false)
  })

  it('lets one of many through to probe, and all once the service is back', async () => {
    await recordTrouble(waits.ctx, { service: 'koji', blame: 'service', detail: 'offline' })
    const callers = await Promise.allSettled(Array.from({ length: 10 }, () => passCircuit(waits.ctx, 'koji')))
    expect(callers.filter((caller) => caller.status === 'fulfilled')).toHaveLength(1)
    const refused = callers.flatMap((caller) => (caller.status === 'rejected' ? [caller.reason] : []))
    expect(refused.every((error) => error instanceof ServiceInTrouble && error.retryInMs >= 1000)).toBe(true)
    waits.later(2)
    expect(await passCircuit(waits.ctx, 'koji')).toBe(true)
    await recordRecovery(waits.ctx, 'koji', waits.now, 'write')
    expect(await passCircuit(waits.ctx, 'koji')).toBe(false)
  })

  it('is not closed by any read while calls that change something fail', async () => {
    const fails = () => notingWrites(waits.ctx, () => Promise.reject(OFFLINE))
    await expect(fails()).rejects.toBe(OFFLINE)
    await waitFor(waits.ctx, { jobId: 'discover-9' }, OFFLINE) // a read that fails meanwhile changes nothing about that
    waits.later(1)
    await recordRecovery(waits.ctx, 'koji', waits.now, 'anonymous read')
    await recordProgress(waits.ctx, 'discover-9', waits.now, { proof: 'read' })
    expect(await waits.troubles()).toEqual([['koji', 'service']])
    await expect(fails()).rejects.toBe(OFFLINE)
    await recordRecovery(waits.ctx, 'koji', START, 'write')
    expect(await waits.troubles()).toEqual([['koji', 'service']])
    await recordRecovery(waits.ctx, 'koji', waits.now, 'write')
    expect(await waits.troubles()).toEqual([])
  })

  it('is not closed by a call that changes something and fails for its own fault', async () => {
    const refusal = new KojiFault(1000, 'No such entry in table: build_target')
    await expect(notingWrites(waits.ctx, () => Promise.reject(refusal))).rejects.toBe(refusal)
    expect(await waits.troubles()).toEqual([])
    expect(await notingWrites(waits.ctx, async () => 7)).toBe(7)
  })

  it('is not closed by a read without a login when our account is in trouble', async () => {
    await recordTrouble(waits.ctx, { service: 'koji', blame: 'account', detail: 'blocked' })
    await recordRecovery(waits.ctx, 'koji', waits.now, 'anonymous read')
    expect(await waits.troubles()).toEqual([['koji', 'account']])
  })
})
