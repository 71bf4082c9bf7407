/** What a caller of the gate reads when an outside service fails (behaviour/greenwave 3.7, 4.3, 5). */
import { describe, expect, it } from 'vitest'
import { KojiFault } from '../../../../../src/clients/koji/hub/fault.ts'
import { upstreamFailure } from '../../../../../src/commands/gate/gather/upstream-failure.ts'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import { UpstreamError } from '../../../../../src/lib/errors.ts'

const ASKED = { service: 'resultsdb', about: 'http://resultsdb.example.com/results/latest?item=a-1-1' }

describe('an outside service', () => {
  it.each([
    [
      new UpstreamError('resultsdb', 'timeout', 'GET /results/latest: no answer within 15000 ms'),
      504,
      'Timeout connecting to upstream server: resultsdb: GET /results/latest: no answer within 15000 ms',
    ],
    [
      new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
      504,
      'Timeout connecting to upstream server: resultsdb: no answer within the time a decision may take',
    ],
    [
      new UpstreamError('resultsdb', 'unreachable', 'GET /results/latest: connect ECONNREFUSED'),
      502,
      'Error connecting to upstream server: resultsdb: GET /results/latest: connect ECONNREFUSED',
    ],
    [
      new UpstreamError(
        'resultsdb',
        'status',
        'GET /results/latest: HTTP 500',
        500,
        'Internal Server Error\n',
      ),
      502,
      `Got unexpected status code 500 for ${ASKED.about}: Internal Server Error\n`,
    ],
    [
      new UpstreamError(
        'resultsdb',
        'bad-answer',
        'GET /results/latest: the answer is not valid JSON',
        200,
        '<html>',
      ),
      502,
      'Unexpected answer from upstream server: resultsdb: GET /results/latest: the answer is not valid JSON',
    ],
    [
      new KojiFault(1000, 'invalid format: x-y'),
      502,
      `Failed to get Koji build for "${ASKED.about}": invalid format: x-y (code: 1000)`,
    ],
  ])('that fails with %s is told of with its name', (thrown, status, message) => {
    expect(upstreamFailure(ASKED, thrown)).toMatchObject({ status, message })
  })

  it.each([
    new UpstreamError('koji', 'unreachable', 'why'),
    new UpstreamError('koji', 'status', 'why', 404, '<html>'),
    new UpstreamError('koji', 'bad-answer', 'why', 200, '<html>'),
  ])('with words of its own for it counts as out of reach, however it fails ($failure)', (thrown) => {
    expect(upstreamFailure({ ...ASKED, opening: 'Could not reach Koji: ' }, thrown)).toMatchObject({
      status: 502,
      message: 'Error connecting to upstream server: Could not reach Koji: koji: why',
    })
  })

  it('with such words still is too slow, or refuses', () => {
    const asked = { ...ASKED, about: 'a-1-1', opening: 'Could not reach Koji: ' }
    expect(upstreamFailure(asked, new UpstreamError('koji', 'timeout', 'why'))).toMatchObject({
      status: 504,
      message: 'Timeout connecting to upstream server: koji: why',
    })
    expect(upstreamFailure(asked, new KojiFault(1, 'no'))).toMatchObject({
      status: 502,
      message: 'Failed to get Koji build for "a-1-1": no (code: 1)',
    })
  })

  it('is quoted with 500 characters of its body, and long URLs are cut', () => {
    const thrown = new UpstreamError('resultsdb', 'status', 'HTTP 414', 414, 'b'.repeat(5000))
    const { message } = upstreamFailure({ service: 'resultsdb', about: `http://${'u'.repeat(5000)}` }, thrown)
    expect(message.match(/b/g)?.length).toBeLessThan(510)
    expect(message.length).toBeLessThan(1600)
  })

  it('passes on what is told already, and leaves mistakes of ours alone', () => {
    const told = new DecisionError(404, 'no build')
    expect(upstreamFailure(ASKED, told)).toBe(told)
    expect(() => upstreamFailure(ASKED, new TypeError('x is not a function'))).toThrow(TypeError)
  })
})
