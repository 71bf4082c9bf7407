/** When a failed call is repeated, and after how long. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CallFailure, statusFailure, thrownFailure } from '../../../../src/lib/http/failure.ts'
import { mayRepeat, retryDelayMs } from '../../../../src/lib/http/retry.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

function status(code: number, headers: Record<string, string> = {}): CallFailure {
  return statusFailure('odcs', 'GET /x', { status: code, text: '', headers }, NOW)
}

function thrown(code: string, name = 'Error'): CallFailure {
  return thrownFailure('odcs', 'GET /x', Object.assign(new Error('boom'), { code, name }), 5000)
}

describe('repeating', () => {
  test.each([408, 429, 500, 502, 503, 504])('a read answered %i is repeated, a write is not', (code) => {
    expect(mayRepeat(status(code), 'read')).toBe(true)
    expect(mayRepeat(status(code), 'write')).toBe(false)
  })

  test.each([301, 400, 401, 403, 404, 409, 422, 501, 505])('nothing answered %i is repeated', (code) => {
    expect(mayRepeat(status(code), 'read')).toBe(false)
    expect(mayRepeat(status(code), 'write')).toBe(false)
  })

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])(
    'after %s nothing was sent, so a write is repeated too',
    (code) => {
      expect(mayRepeat(thrown(code), 'write')).toBe(true)
    },
  )

  test('a connection that is not made in time is a time-out of the service, and nothing was sent', () => {
    expect(thrown('UND_ERR_CONNECT_TIMEOUT')).toMatchObject({
      error: { failure: 'timeout' },
      maybeSent: false,
      transient: true,
    })
  })

  test.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT'])(
    'after %s a write may have arrived, so only a read is repeated',
    (code) => {
      expect(mayRepeat(thrown(code), 'read')).toBe(true)
      expect(mayRepeat(thrown(code), 'write')).toBe(false)
    },
  )

  test.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'a certificate problem (%s) is not waited for',
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

  test('is never shorter than what the service asked for, nor longer than a minute because of it', () => {
    expect(retryDelayMs(rule, 1, 0, 7000)).toBe(7000)
    expect(retryDelayMs(rule, 1, 0, 3_600_000)).toBe(60_000)
  })

  test('stays between half and all of the back-off', () => {
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
