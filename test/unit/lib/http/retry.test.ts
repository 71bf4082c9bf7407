/** Checks which failed calls are retried, and after which delay. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { markFailures } from '../../../../src/lib/http/connections/connecting.ts'
import { type CallFailure, statusFailure, thrownFailure } from '../../../../src/lib/http/failure.ts'
import { mayRetry, retryDelayMs } from '../../../../src/lib/http/retry.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

function status(code: number, headers: Record<string, string> = {}): CallFailure {
  const origin = { service: 'odcs', what: 'GET /x' }
  return statusFailure(origin, { status: code, text: '', headers }, { now: NOW })
}

function withCode(code: string): Error {
  return Object.assign(new Error('boom'), { code })
}

const failureOf = (error: Error) =>
  thrownFailure({ service: 'odcs', what: 'GET /x' }, error, { timeoutMs: 5000 })

/** On an open connection. */
function thrown(code: string): CallFailure {
  return failureOf(withCode(code))
}

/** Instead of a connection. */
function notConnected(code: string): CallFailure {
  const error = withCode(code)
  const connect = markFailures((_target, callback) => callback(error, null))
  connect({ hostname: 'h', protocol: 'https:', port: '443' }, () => undefined)
  return failureOf(error)
}

describe('a retry', () => {
  test.each([408, 429, 500, 502, 503, 504])('follows status %i for a read, but not for a write', (code) => {
    expect(mayRetry(status(code), 'read')).toBe(true)
    expect(mayRetry(status(code), 'write')).toBe(false)
  })

  test.each([301, 400, 401, 403, 404, 409, 422, 501, 505])('never follows status %i', (code) => {
    expect(mayRetry(status(code), 'read')).toBe(false)
    expect(mayRetry(status(code), 'write')).toBe(false)
  })

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_FAIL', 'ECONNRESET', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'])(
    'follows %s even for a write if it came instead of a connection, because nothing was sent',
    (code) => {
      expect(mayRetry(notConnected(code), 'write')).toBe(true)
    },
  )

  test('is safe after a connect time-out, which counts as a time-out of the service', () => {
    expect(notConnected('UND_ERR_CONNECT_TIMEOUT')).toMatchObject({
      error: { failure: 'timeout' },
      maybeSent: false,
      isTransient: true,
    })
  })

  test.each([
    'ECONNRESET',
    'ETIMEDOUT',
    'EPIPE',
    'UND_ERR_SOCKET',
    'UND_ERR_BODY_TIMEOUT',
    'ERR_SSL_BAD_RECORD_TYPE',
  ])('follows %s only for a read, because a write may have arrived', (code) => {
    expect(mayRetry(thrown(code), 'read')).toBe(true)
    expect(mayRetry(thrown(code), 'write')).toBe(false)
  })

  test.each<[string, Error, CallFailure['error']['failure'], boolean]>([
    ['no answer in time', new DOMException('', 'TimeoutError'), 'timeout', true],
    ['a caller that has given up', new DOMException('', 'AbortError'), 'timeout', false],
    ['an answer that is too large', withCode('UND_ERR_RES_EXCEEDED_MAX_SIZE'), 'bad-answer', false],
    ['one that is too large when decoded', withCode('ERR_BUFFER_TOO_LARGE'), 'bad-answer', false],
    ['an endless redirect', new Error('Redirect loop detected. Use ...'), 'unreachable', true],
  ])('after %s is not made of a write, which may have arrived', (_what, error, failure, isTransient) => {
    const failed = failureOf(error)
    expect(failed).toMatchObject({ error: { failure }, maybeSent: true, isTransient })
    expect(mayRetry(failed, 'write')).toBe(false)
  })

  test.each(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'])(
    'never follows a failed TLS handshake (%s), before which nothing was sent',
    (code) => {
      expect(notConnected(code)).toMatchObject({ maybeSent: false, isTransient: false })
    },
  )

  test.each(['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'])(
    'never follows a refused client certificate (%s), of which the client may learn late',
    (code) => {
      expect(thrown(code)).toMatchObject({ maybeSent: false, isTransient: false })
    },
  )

  test.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'never follows a certificate problem (%s)',
    (code) => {
      expect(mayRetry(notConnected(code), 'read')).toBe(false)
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

  test('is at least what the service requests', () => {
    expect(retryDelayMs(rule, 1, 0, 7000)).toBe(7000)
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
    ['30', 30_000],
    ['120', 60_000],
    ['Sun, 22 Nov 2026 12:00:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 12:00:09 GMT', 9000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['soon', 0],
  ])('Retry-After: %s means %s ms', (header, ms) => {
    expect(status(503, { 'retry-after': header }).error.retryAfterMs).toBe(ms)
  })
})
