/** The texts of errors, what they are about, and which of them may pass. */
import { describe, expect, it } from 'vitest'
import {
  type Blame,
  isOdd,
  isOddOutcome,
  isOfThing,
  isTransient,
  messageOf,
  NotReady,
  NotVerifiable,
  noLogin,
  OutcomeUnknown,
  Permanent,
  retryAfterMsOf,
  troubleOf,
  UpstreamError,
  type UpstreamFailure,
} from '../../../src/lib/errors.ts'

const upstream = (failure: UpstreamFailure, status?: number, isOfService = false) =>
  new UpstreamError({ service: 'odcs', failure, detail: 'GET /', status, isOfService })

describe('a failure of a service', () => {
  it.each<[Blame, number[]]>([
    ['thing', [400, 402, 404, 406, 409, 410, 411, 422, 424, 427, 428, 430, 450, 452, 499]],
    ['account', [401, 403, 407]],
    ['service', [300, 302, 399, 405, 408, 421, 425, 426, 429, 451, 500, 501, 503, 504, 599]],
  ])('is about the %s with one of the statuses %j', (blame, statuses) => {
    for (const status of statuses) {
      const error = upstream('status', status)
      expect(error.blame, String(status)).toBe(blame)
      expect(isOfThing(error)).toBe(blame === 'thing')
      expect(isTransient(error)).toBe(blame !== 'thing')
      const trouble = { service: 'odcs', blame, detail: 'odcs: GET /' }
      expect(troubleOf(error)).toEqual(blame === 'thing' ? undefined : trouble)
    }
  })

  it('keeps the beginning and the end of the text of the service, which becomes the reason of all that wait for it', () => {
    const detail = `GET /: ${'.'.repeat(1_000_000)}the end`
    const { message } = new UpstreamError({ service: 'odcs', failure: 'status', detail })
    expect(message.length).toBeLessThan(10_100)
    expect(message).toMatch(/^odcs: GET \/: \.+\n.*\n\.+the end$/)
  })

  it('is about the service when the service itself is missing', () => {
    for (const status of [404, 410]) expect(upstream('status', status, true).blame).toBe('service')
    expect(upstream('status', 400, true).blame).toBe('thing')
  })

  it('is about the service when an answer that is not about a single thing is odd', () => {
    expect(upstream('odd-answer', 200, true).blame).toBe('service')
  })

  it('is about the service when no answer came that can be read, and about the thing when it is odd', () => {
    const blames = (['timeout', 'unreachable', 'bad-answer', 'odd-answer'] as const).map(
      (failure) => upstream(failure).blame,
    )
    expect(blames).toEqual(['service', 'service', 'service', 'thing'])
    expect([upstream('odd-answer'), upstream('bad-answer'), new Error('odd')].map(isOdd)).toEqual([
      true,
      false,
      false,
    ])
    expect(noLogin('odcs', 'no ticket')).toMatchObject({ blame: 'account', message: 'odcs: no ticket' })
  })

  it('behind a lost answer is its trouble', () => {
    const lost = (cause: Error) => new OutcomeUnknown('POST', { cause })
    expect(troubleOf(lost(upstream('timeout')))).toMatchObject({ service: 'odcs', blame: 'service' })
    expect(troubleOf(lost(upstream('odd-answer')))).toBeUndefined()
    expect(isOddOutcome(lost(upstream('odd-answer')))).toBe(true)
    expect(isOddOutcome(lost(upstream('timeout')))).toBe(false)
    expect(isOddOutcome(upstream('odd-answer'))).toBe(false)
  })

  it('has the delay that the service requested, also behind a lost answer', () => {
    const problem = { service: 'odcs', failure: 'status', detail: '', status: 503 } as const
    const busy = new UpstreamError({ ...problem, retryAfterMs: 5000 })
    for (const error of [busy, new OutcomeUnknown('POST', { cause: busy })]) {
      expect(retryAfterMsOf(error)).toBe(5000)
      expect(troubleOf(error)).toMatchObject({ retryAfterMs: 5000 })
    }
    expect(troubleOf(new UpstreamError(problem))).not.toHaveProperty('retryAfterMs')
    expect(retryAfterMsOf(new Error('other'))).toBe(0)
  })

  it.each([
    ['a text', 'service'],
    ['an object that is not an error', { blame: 'service', service: 'odcs' }],
    ['an error that names no service', Object.assign(new Error(), { blame: 'service' })],
    ['an error that blames nothing', Object.assign(new Error(), { service: 'odcs' })],
    ['nothing', undefined],
  ])('is not %s', (_what, thrown) => {
    expect(troubleOf(thrown)).toBeUndefined()
    expect(isOfThing(thrown)).toBe(false)
    expect(isTransient(thrown)).toBe(false)
  })

  it('keeps the beginning of the answer', () => {
    const error = new UpstreamError({ service: 's', failure: 'status', detail: '', body: 'a'.repeat(501) })
    expect(error.body).toBe('a'.repeat(500))
  })
})

it.each<[Error, boolean]>([
  [new NotReady('later', 1000), true],
  [new NotVerifiable('not yet'), true],
  [new OutcomeUnknown('lost'), true],
  [Object.assign(new Error('deadlock'), { code: '40P01' }), true],
  [Object.assign(new Error('constraint'), { code: '23505' }), false],
  [Object.assign(new Error('ended by the operator'), { code: '57014' }), true],
  [Object.assign(new Error('read of a block'), { code: '58030' }), true],
  [new Permanent('no'), false],
])('%s may pass: %s', (error, expected) => {
  expect(isTransient(error)).toBe(expected)
})

it('are final when a service refuses the thing, even if the text mentions a connection', () => {
  const refused = (blame: string) =>
    Object.assign(new Error('No such build: perl-Connection-1-1'), { service: 'koji', blame })
  expect(isTransient(refused('thing'))).toBe(false)
  expect(isTransient(refused('service'))).toBe(true)
  expect(isTransient(new Error('Connection terminated'))).toBe(true)
})

it.each([
  [new Error('broken'), 'broken'],
  ['a text', 'a text'],
  [
    new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')]),
    'refused ::1; refused 127.0.0.1',
  ],
  [new AggregateError([new Error('unused')], 'both failed'), 'both failed'],
])('of %s is %j', (thrown, text) => {
  expect(messageOf(thrown)).toBe(text)
})
