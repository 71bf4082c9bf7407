/** Checks what counts as silent, and for how long it may be. */
import { describe, expect, it } from 'vitest'
import { isAnyWorkerAlive, judgeSilence, type SignsOfLife } from '../../../src/domain/silence.ts'

const NOW = new Date('2026-11-28T12:00:00Z')
const LIMITS = { dueMs: 300_000, workerMs: 60_000, quietMs: 86_400_000 }
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)
const NOTHING: SignsOfLife = {
  oldestDue: { intake: null },
  workers: [],
  openSince: null,
  watch: null,
  refused: null,
  lastShipped: null,
}
const kinds = (signs: Partial<SignsOfLife>) =>
  judgeSilence({ ...NOTHING, ...signs }, LIMITS, NOW).map(({ kind }) => kind)

describe('a queue', () => {
  it('is silent when its oldest row has been due for longer than the limit', () => {
    expect(kinds({ oldestDue: { intake: ago(300), plan: null } })).toEqual([])
    expect(judgeSilence({ ...NOTHING, oldestDue: { intake: ago(301) } }, LIMITS, NOW)).toEqual([
      {
        kind: 'queue',
        queue: 'intake',
        since: ago(301),
        detail: 'work of queue intake has been due since 2026-11-28T11:54:59Z',
      },
    ])
  })

  it('of messages out names none while all are accepted', () => {
    const [silence] = judgeSilence({ ...NOTHING, oldestDue: { publish: ago(301) } }, LIMITS, NOW)
    expect(silence?.detail).toBe('work of queue publish has been due since 2026-11-28T11:54:59Z')
  })

  it('of messages out names the one that is not accepted, with the reason', () => {
    const refused = { id: 7, topic: 'build.state.changed', eventId: 3, attempts: 12, error: 'amqp:not-found' }
    const oldestDue = { intake: ago(301), publish: ago(301) }
    const details = judgeSilence({ ...NOTHING, oldestDue, refused }, LIMITS, NOW).map(({ detail }) => detail)
    expect(details).toEqual([
      'work of queue intake has been due since 2026-11-28T11:54:59Z',
      'work of queue publish has been due since 2026-11-28T11:54:59Z: message 7 (build.state.changed of event 3) was not accepted in 12 attempts: amqp:not-found',
    ])
    const long = { ...refused, eventId: null, attempts: 1, error: 'x'.repeat(400) }
    const [silence] = judgeSilence(
      { ...NOTHING, oldestDue: { publish: ago(301) }, refused: long },
      LIMITS,
      NOW,
    )
    expect(silence?.detail).toMatch(
      /: message 7 \(build.state.changed\) was not accepted in 1 attempt: x{299}…$/,
    )
  })

  it('is not silent while its builds wait for a slot of the build system', () => {
    expect(kinds({ oldestDue: { submit: ago(90_000) } })).toEqual([])
  })
})

it('a worker process is silent a minute after its last sign of life', () => {
  const worker = { id: 'a', host: 'builder-1', pid: 42, startedAt: ago(3600) }
  expect(kinds({ workers: [{ ...worker, seenAt: ago(60) }] })).toEqual([])
  const [silence] = judgeSilence({ ...NOTHING, workers: [{ ...worker, seenAt: ago(61) }] }, LIMITS, NOW)
  expect(silence).toMatchObject({
    kind: 'worker',
    worker: 'a',
    detail: expect.stringMatching(/^worker process 42 on builder-1 gave/),
  })
})

it('workers are alive while one process of several has given a sign of life in time', () => {
  const worker = { id: 'a', host: 'builder-1', pid: 42, startedAt: ago(3600), seenAt: ago(61) }
  expect(isAnyWorkerAlive({ workers: [] }, LIMITS, NOW)).toBe(false)
  expect(isAnyWorkerAlive({ workers: [worker] }, LIMITS, NOW)).toBe(false)
  expect(isAnyWorkerAlive({ workers: [worker, { ...worker, seenAt: ago(60) }] }, LIMITS, NOW)).toBe(true)
})

it('the lack of any worker process counts as silence once an event has been open for a minute', () => {
  const worker = { id: 'a', host: 'builder-1', pid: 42, startedAt: ago(3600), seenAt: ago(1) }
  expect(kinds({ openSince: ago(60) })).toEqual([])
  expect(kinds({ openSince: ago(61), workers: [worker] })).toEqual([])
  expect(judgeSilence({ ...NOTHING, openSince: ago(61) }, LIMITS, NOW)).toMatchObject([
    { kind: 'worker', since: ago(61), detail: expect.stringMatching(/^no worker process is running/) },
  ])
})

describe('the bus', () => {
  const missed = (shippedSecondsAgo: number | null) => ({
    watchingSince: ago(200_000),
    comparedAt: ago(10),
    missed: [
      { id: 1, name: 'RHSA-1', shippedAt: shippedSecondsAgo === null ? null : ago(shippedSecondsAgo) },
    ],
    missedShippedAt: null,
  })
  const opened = (shippedSecondsAgo: number) => ({
    ...missed(1),
    missed: [],
    missedShippedAt: ago(shippedSecondsAgo),
  })

  it.each([
    ['nothing was missed', { watch: { ...missed(1), missed: [] }, lastShipped: null }, []],
    ['a message came lately', { watch: missed(50), lastShipped: ago(100) }, ['missed-advisories']],
    [
      'it shipped before the last message',
      { watch: missed(100_000), lastShipped: ago(90_000) },
      ['missed-advisories'],
    ],
    [
      'it shipped after the last message',
      { watch: missed(80_000), lastShipped: ago(90_000) },
      ['missed-advisories', 'bus'],
    ],
    ['no message has ever come', { watch: missed(80_000), lastShipped: null }, ['missed-advisories', 'bus']],
    [
      'the time it shipped is not known',
      { watch: missed(null), lastShipped: ago(90_000) },
      ['missed-advisories'],
    ],
    [
      'the comparison has opened the event of one that shipped after the last message',
      { watch: opened(80_000), lastShipped: ago(90_000) },
      ['bus'],
    ],
    [
      'it shipped at the time of the last message',
      { watch: missed(90_000), lastShipped: ago(90_000) },
      ['missed-advisories'],
    ],
    [
      'the comparison has opened the event of one that shipped at that time',
      { watch: opened(90_000), lastShipped: ago(90_000) },
      [],
    ],
    [
      'the last message came as long ago as it may',
      { watch: missed(80_000), lastShipped: ago(86_400) },
      ['missed-advisories'],
    ],
    ['a message came since it did so', { watch: opened(95_000), lastShipped: ago(90_000) }, []],
    [
      'the last message came long before the watch began',
      { watch: { ...missed(50), watchingSince: ago(100) }, lastShipped: ago(90_000) },
      ['missed-advisories'],
    ],
    [
      'the watch has only begun',
      { watch: { ...missed(50), watchingSince: ago(100) }, lastShipped: null },
      ['missed-advisories'],
    ],
  ] as const)('when %s', (_when, signs, expected) => {
    expect(kinds(signs)).toEqual(expected)
  })

  it('is one of several that may be silent', () => {
    expect(kinds({ oldestDue: { intake: ago(301) }, watch: missed(50), lastShipped: ago(100) })).toEqual([
      'queue',
      'missed-advisories',
    ])
  })

  it.each([
    [3, '3 shipped advisories have no event: RHSA-1, RHSA-2, RHSA-3'],
    [5, '5 shipped advisories have no event: RHSA-1, RHSA-2, RHSA-3 and 2 more'],
  ])('misses %i advisories, of which the first are named', (count, detail) => {
    const advisories = Array.from({ length: count }, (_, n) => ({
      id: n + 1,
      name: `RHSA-${n + 1}`,
      shippedAt: ago(50),
    }))
    const signs = { ...NOTHING, watch: { ...missed(50), missed: advisories }, lastShipped: ago(100) }
    expect(judgeSilence(signs, LIMITS, NOW)).toMatchObject([{ detail }])
  })
})
