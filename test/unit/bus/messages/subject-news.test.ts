/** Messages about results and waivers, in every format and envelope (behaviour/greenwave 6.1). */
import { describe, expect, it } from 'vitest'
import { handlerOf, readMessage } from '../../../../src/bus/messages/routes.ts'

const MAX = 10_000
const RESULTS = '/topic/VirtualTopic.eng.resultsdb.result.new'
const WAIVERS = 'org.fedoraproject.prod.waiver.new'
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const US = Date.parse('2026-11-28T01:02:03Z') * 1000

const read = (topic: string, body: unknown) =>
  readMessage({ messageId: 'x', topic, body: Buffer.from(JSON.stringify(body)), properties: {} }, MAX)

const RESULT = {
  id: 7,
  outcome: 'PASSED',
  submit_time: '2026-11-28T01:02:03.000004',
  testcase: { name: 'dist.abicheck', href: 'http://x', ref_url: null },
  data: { item: ['glibc-1.0-1.fc26'], type: ['koji_build'], arches: ['a', 'b'], brew_task_id: ['123'] },
}
const MEANT = {
  kind: 'result-new',
  testCase: 'dist.abicheck',
  submittedUs: US + 4,
  outcome: 'PASSED',
  pairs: { item: 'glibc-1.0-1.fc26', type: 'koji_build', arches: ['a', 'b'], brew_task_id: '123' },
  brewTaskId: 123,
  trace: null,
}
const TASKOTRON = {
  task: { name: 'dist.abicheck', item: 'glibc-1.0-1.fc26', type: 'koji_build' },
  result: {
    id: 7,
    outcome: 'PASSED',
    submit_time: '2026-11-28 01:02:03 UTC',
    prev_outcome: null,
    log_url: '',
  },
}
const WAIVER = {
  id: 3,
  subject_type: 'koji_build',
  subject_identifier: 'glibc-1.0-1.fc26',
  product_version: 'fedora-26',
  testcase: 'dist.abicheck',
  waived: false,
  timestamp: '2026-11-28T01:02:03',
}

describe('a new result', () => {
  it.each([
    ['bare', RESULT],
    ['fedmsg', { topic: 'org.fedoraproject.prod.resultsdb.result.new', msg_id: '2026-1', i: 1, msg: RESULT }],
    ['UMB', { topic: RESULTS, headers: { a: 'b' }, msg: RESULT }],
  ])('is read in the envelope %s', (_name, body) => {
    expect(read(RESULTS, body)).toEqual({ outcome: 'meaning', meaning: MEANT })
  })

  it('is read as taskotron wrote it', () => {
    expect(read(RESULTS, TASKOTRON)).toEqual({
      outcome: 'meaning',
      meaning: {
        ...MEANT,
        submittedUs: US,
        outcome: null,
        pairs: TASKOTRON.task,
        brewTaskId: null,
      },
    })
  })

  it.each([
    ['2026-11-28T01:02:03', 0],
    ['2026-11-28T01:02:03Z', 0],
    ['2026-11-28T02:02:03.5+01:00', 500_000],
    ['2026-11-28 01:02:03 UTC', 0],
    ['2026-11-28T01:02:03.999999', 999_999],
  ])('may have the time %s', (submit_time, us) => {
    expect(read(RESULTS, { ...RESULT, submit_time })).toMatchObject({ meaning: { submittedUs: US + us } })
  })

  it.each([
    [{ submit_time: 'yesterday' }, "submit_time: 'yesterday' is not a time in ISO 8601"],
    [
      { submit_time: '2999-01-01T00:00:00' },
      "submit_time: '2999-01-01T00:00:00' is too far from 1970 to be kept in microseconds",
    ],
    [
      { submit_time: '0001-01-01T00:00:00' },
      "submit_time: '0001-01-01T00:00:00' is too far from 1970 to be kept in microseconds",
    ],
    [{ testcase: {} }, 'testcase: '],
    [{ data: 'x' }, 'data: '],
    [{ submit_time: undefined }, 'submit_time: '],
  ])('that cannot be read is kept with the reason: %j', (change, reason) => {
    expect(read(RESULTS, { ...RESULT, ...change })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining(reason),
    })
  })

  it('keeps a trace context that is valid', () => {
    const trace = { traceparent: TRACE, tracestate: 'vendor=1' }
    expect(read(RESULTS, { ...RESULT, ...trace })).toMatchObject({ meaning: { trace } })
    expect(read(RESULTS, { ...RESULT, traceparent: TRACE })).toMatchObject({
      meaning: { trace: { traceparent: TRACE } },
    })
  })

  it.each([
    'x',
    TRACE.toUpperCase(),
    TRACE.replace('00-', 'ff-'),
    TRACE.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    TRACE.replace('b7ad6b7169203331', '0'.repeat(16)),
    `${TRACE}-01`,
  ])('drops a trace context that is not valid: %s', (traceparent) => {
    expect(read(RESULTS, { ...RESULT, traceparent })).toMatchObject({ meaning: { trace: null } })
  })

  it('keeps a trace context of a later version, which may have more parts', () => {
    const traceparent = `${TRACE.replace('00-', '01-')}-more`
    expect(read(RESULTS, { ...RESULT, traceparent })).toMatchObject({ meaning: { trace: { traceparent } } })
  })

  it.each(['abc', 1.5, -1, ['1', '2'], 3_000_000_000])('has no Koji task by the id %j', (id) => {
    const data = { ...RESULT.data, brew_task_id: id }
    expect(read(RESULTS, { ...RESULT, data })).toMatchObject({ meaning: { brewTaskId: null } })
  })
})

describe('a new waiver', () => {
  it.each([WAIVERS, 'VirtualTopic.eng.waiverdb.waiver.new'])('is read from %s', (topic) => {
    expect(read(topic, { topic, msg_id: 'x', msg: WAIVER })).toEqual({
      outcome: 'meaning',
      meaning: {
        kind: 'waiver-new',
        testCase: 'dist.abicheck',
        submittedUs: US,
        subjectType: 'koji_build',
        subjectIdentifier: 'glibc-1.0-1.fc26',
        productVersion: 'fedora-26',
        trace: null,
      },
    })
  })

  it.each(['product_version', 'testcase', 'subject_type', 'subject_identifier', 'timestamp'])(
    'needs %s',
    (name) => {
      expect(read(WAIVERS, { ...WAIVER, [name]: undefined })).toMatchObject({
        outcome: 'failed',
        reason: expect.stringContaining(name),
      })
    },
  )
})

describe('the counters of a message', () => {
  it.each([
    [RESULTS, 'resultsdb'],
    [WAIVERS, 'waiverdb'],
    ['VirtualTopic.eng.waiverdb.waiver.new', 'waiverdb'],
    ['VirtualTopic.eng.errata.activity.status', undefined],
  ])('under %s have the handler %s', (topic, handler) => {
    expect(handlerOf(topic)).toBe(handler)
  })
})
