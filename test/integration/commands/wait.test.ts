/** Waiting for services: which failures a job waits for, and until when. */
import { describe, expect, it } from 'vitest'
import { KojiFault } from '../../../src/clients/koji/hub/fault.ts'
import { passCircuit, pauseMs, recordTrouble } from '../../../src/commands/service-trouble.ts'
import { waitFor } from '../../../src/commands/wait.ts'
import { waitsOfEvent } from '../../../src/db/queries/waits.ts'
import { OutcomeUnknown, ServiceInTrouble, UpstreamError } from '../../../src/lib/errors.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { OFFLINE, refusedByOdcs, START, useWaits } from '../../support/trouble/waiting.ts'

const waits = useWaits()

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
    const event = await makeEvent(waits.ctx)
    const build = await makeBuild(waits.ctx, event)
    expect(await waitFor(waits.ctx, { jobId: `submit-${build}`, buildId: build }, error)).toMatchObject({
      retryInMs: expect.any(Number),
    })
    expect(await waits.troubles()).toEqual([[error.service, blame]])
    expect(await waitsOfEvent(waits.ctx.db.fork(), event, 1000)).toMatchObject([
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
    expect(await waitFor(waits.ctx, { jobId: 'submit-1' }, error)).toBeUndefined()
    expect(await waits.troubles()).toEqual([])
  })

  it('is postponed for as long as the service requests, and nothing probes it before', async () => {
    const details = { service: 'koji', failure: 'status', detail: 'HTTP 429', status: 429 } as const
    const busy = new UpstreamError({ ...details, retryAfterMs: 45_000 })
    expect(await waitFor(waits.ctx, { jobId: 'discover-9' }, busy)).toEqual({ retryInMs: 45_000 })
    const lost = new OutcomeUnknown('lost', { cause: busy })
    expect(await waitFor(waits.ctx, { jobId: 'plan-9' }, lost)).toEqual({ retryInMs: 45_000 })
    waits.later(44)
    await expect(passCircuit(waits.ctx, 'koji')).rejects.toMatchObject({ retryInMs: 1000 })
    await recordTrouble(waits.ctx, { service: 'koji', blame: 'service', detail: 'HTTP 503' })
    await expect(passCircuit(waits.ctx, 'koji')).rejects.toBeInstanceOf(ServiceInTrouble)
    waits.later(1)
    expect(await passCircuit(waits.ctx, 'koji')).toBe(true)
  })

  it('is put off without the others that wait', async () => {
    const event = await makeEvent(waits.ctx)
    await waitFor(waits.ctx, { jobId: 'discover-7', eventId: event }, OFFLINE)
    waits.later(600)
    await waitFor(waits.ctx, { jobId: 'plan-7', eventId: event }, OFFLINE)
    const [first, second] = await waitsOfEvent(waits.ctx.db.fork(), event, 60_000)
    expect(first?.nextAt.getTime()).toBeLessThan(waits.now.getTime())
    expect(second?.nextAt.getTime()).toBeGreaterThan(waits.now.getTime())
  })
})
