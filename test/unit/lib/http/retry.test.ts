/** Which failed calls are retried, and after which delay. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CallFailure, statusFailure, thrownFailure } from '../../../../src/lib/http/failure.ts'
import { mayRepeat, retryDelayMs } from '../../../../src/lib/http/retry.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

function status(code: number, headers: Record<string, string> = {}): CallFailure {
  const origin = { service: 'odcs', what: 'GET /x' }
  return statusFailure(origin, { status: code, text: '', headers }, { now: NOW })
}

function thrown(code: string, name = 'Error'): CallFailure {
  return thrownFailure('odcs', 'GET /x', Object.assign(new Error('boom'), { code, name }), 5000)
}

describe('a retry', () => {
  test.each([408, 429, 500, 502, 503, 504])('follows status %i for a read, but not for a write', (code) => {
    expect(mayRepeat(status(code), 'read')).toBe(true)
    expect(mayRepeat(status(code), 'write')).toBe(false)
  })

  test.each([301, 400, 401, 403, 404, 409, 422, 501, 505])('never follows status %i', (code) => {
    expect(mayRepeat(status(code), 'read')).toBe(false)
    expect(mayRepeat(status(code), 'write')).toBe(false)
  })

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])(
    'follows %s even for a write, because nothing was sent',
    (code) => {
      expect(mayRepeat(thrown(code), 'write')).toBe(true)
    },
  )

  test('is safe after a connect time-out, which counts as a time-out of the service', () => {
    expect(thrown('UND_ERR_CONNECT_TIMEOUT')).toMatchObject({
      error: { failure: 'timeout' },
      maybeSent: false,
      isTransient: true,
    })
  })

  test.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT'])(
    'follows %s only for a read, because a write may have arrived',
    (code) => {
      expect(mayRepeat(thrown(code), 'read')).toBe(true)
      expect(mayRepeat(thrown(code), 'write')).toBe(false)
    },
  )

  test.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'never follows a certificate problem (%s)',
    (code) => {
      expect(mayRepeat(thrown(code), 'read')).toBe(false)
    },
  )
})

describe('the delay', () => {
  const rule = { attempts: 5, firstDelayMs: 100 }

  test.each([
    [1, 0, 100],
    [2, 0, 200],
    [3, 0, 400],
    [3, 0.5, 300],
    [20, 0, 30_000],
  ])('after attempt %i with random %f is %i ms', (attempt, random, ms) => {
    expect(retryDelayMs(rule, attempt, random)).toBe(ms)
  })

  test('is at least what the service requests, up to a minute', () => {
    expect(retryDelayMs(rule, 1, 0, 7000)).toBe(7000)
    expect(retryDelayMs(rule, 1, 0, 3_600_000)).toBe(60_000)
  })

  test('stays between half and the full back-off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const full = retryDelayMs(rule, attempt, 0)
          expect(retryDelayMs(rule, attempt, random)).toBeLessThanOrEqual(full)
          expect(retryDelayMs(rule, attempt, random)).toBeGreaterThanOrEqual(full / 2)
        },
      ),
    )
  })

  test.each([
    ['120', 120_000],
    ['Sat, 21 Nov 2026 12:00:09 GMT', 9000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
  ])('Retry-After: %s means %s ms', (header, ms) => {
    expect(status(503, { 'retry-after': header }).retryAfterMs).toBe(ms)
  })
})
