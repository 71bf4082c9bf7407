/** The errors that clients of the gate see when an outside service fails (behaviour/greenwave 3.7, 4.3, 5). */
import { describe, expect, it } from 'vitest'
import { KojiFault } from '../../../../../src/clients/koji/hub/fault.ts'
import { upstreamFailure } from '../../../../../src/commands/gate/gather/upstream-failure.ts'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import { ServiceInTrouble, troubleOf, UpstreamError } from '../../../../../src/lib/errors.ts'

const CALL = { service: 'resultsdb', target: 'http://resultsdb.example.com/results/latest?item=a-1-1' }

describe('an outside service', () => {
  it.each([
    [
      new UpstreamError({
        service: 'resultsdb',
        failure: 'timeout',
        detail: 'GET /results/latest: no answer within 15000 ms',
      }),
      'upstream-timeout',
      'Timeout connecting to upstream server: resultsdb: GET /results/latest: no answer within 15000 ms',
    ],
    [
      new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
      'upstream-timeout',
      'Timeout connecting to upstream server: resultsdb: no answer before the deadline of the decision',
    ],
    [
      new UpstreamError({
        service: 'resultsdb',
        failure: 'unreachable',
        detail: 'GET /results/latest: connect ECONNREFUSED',
      }),
      'upstream-failed',
      'Error connecting to upstream server: resultsdb: GET /results/latest: connect ECONNREFUSED',
    ],
    [
      new UpstreamError({
        service: 'resultsdb',
        failure: 'status',
        detail: 'GET /results/latest: HTTP 500',
        status: 500,
        body: 'Internal Server Error\n',
      }),
      'upstream-failed',
      `Got unexpected status code 500 for ${CALL.target}: Internal Server Error\n`,
    ],
    [
      new UpstreamError({
        service: 'resultsdb',
        failure: 'bad-answer',
        detail: 'GET /results/latest: the answer is not valid JSON',
        status: 200,
        body: '<html>',
      }),
      'upstream-failed',
      'Unexpected answer from upstream server: resultsdb: GET /results/latest: the answer is not valid JSON',
    ],
    [
      new KojiFault(1000, 'invalid format: x-y'),
      'upstream-failed',
      `Failed to get Koji build for "${CALL.target}": invalid format: x-y (code: 1000)`,
    ],
  ])('that fails with %s is reported by name', (thrown, kind, message) => {
    expect(upstreamFailure(CALL, thrown)).toMatchObject({ kind, message })
  })

  it.each([
    new UpstreamError({ service: 'koji', failure: 'unreachable', detail: 'why' }),
    new UpstreamError({ service: 'koji', failure: 'status', detail: 'why', status: 404, body: '<html>' }),
    new UpstreamError({ service: 'koji', failure: 'bad-answer', detail: 'why', status: 200, body: '<html>' }),
  ])('with a prefix counts as unreachable, however it fails ($failure)', (thrown) => {
    expect(upstreamFailure({ ...CALL, prefix: 'Could not reach Koji: ' }, thrown)).toMatchObject({
      kind: 'upstream-failed',
      message: 'Error connecting to upstream server: Could not reach Koji: koji: why',
    })
  })

  it('with a prefix can still be too slow, or refuse the call', () => {
    const call = { ...CALL, target: 'a-1-1', prefix: 'Could not reach Koji: ' }
    expect(
      upstreamFailure(call, new UpstreamError({ service: 'koji', failure: 'timeout', detail: 'why' })),
    ).toMatchObject({
      kind: 'upstream-timeout',
      message: 'Timeout connecting to upstream server: koji: why',
    })
    expect(upstreamFailure(call, new KojiFault(1, 'no'))).toMatchObject({
      kind: 'upstream-failed',
      message: 'Failed to get Koji build for "a-1-1": no (code: 1)',
    })
  })

  it('is quoted with 500 characters of its body, and a cut URL', () => {
    const thrown = new UpstreamError({
      service: 'resultsdb',
      failure: 'status',
      detail: 'HTTP 414',
      status: 414,
      body: 'b'.repeat(5000),
    })
    const { message } = upstreamFailure(
      { service: 'resultsdb', target: `http://${'u'.repeat(5000)}` },
      thrown,
    )
    expect(message.match(/b/g)?.length).toBeLessThan(510)
    expect(message.length).toBeLessThan(1600)
  })

  it('that was not called, as another call to it hangs, is in trouble as if it had been', () => {
    const trouble = { service: 'dist-git', blame: 'service', detail: 'dist-git: GET /a: no answer' } as const
    const error = upstreamFailure(CALL, new ServiceInTrouble(trouble, 1000))
    expect(error).toMatchObject({
      kind: 'upstream-failed',
      message: 'Error connecting to upstream server: dist-git: GET /a: no answer',
    })
    expect(troubleOf(error)).toMatchObject({ service: 'dist-git', blame: 'service' })
  })

  it('keeps a decision error as it is, and programming errors too', () => {
    const error = new DecisionError('not-found', 'no build')
    expect(upstreamFailure(CALL, error)).toBe(error)
    expect(() => upstreamFailure(CALL, new TypeError('x is not a function'))).toThrow(TypeError)
  })
})
