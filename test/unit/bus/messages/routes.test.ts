import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../../src/bus/delivery.ts'
import { readAsSent, readMessage, TOPIC_SUFFIXES } from '../../../../src/bus/messages/routes.ts'
import { composeBody, statusBody, taskBody, taskProperties } from '../../../support/bus/messages.ts'

const MAX = 1_000_000

function delivery(topic: string, body: unknown, properties: Record<string, string> = {}): Delivery {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { messageId: 'x', topic, body: Buffer.from(text), properties }
}

const read = (topic: string, body: unknown, properties?: Record<string, string>) =>
  readMessage(delivery(topic, body, properties), MAX)

/** A bare message, and the envelopes that gateways put around messages. */
const wrappings: [string, (topic: string, msg: unknown, headers: object) => object][] = [
  ['plain', (_topic, msg) => Object(msg)],
  ['fedmsg', (topic, msg, headers) => ({ topic, msg_id: 'ID:1', i: 1, headers, msg, signature: null })],
  ['datanommer', (topic, msg, headers) => ({ topic, headers, body: { headers, msg } })],
  ['datanommer with the topic inside', (topic, msg, headers) => ({ headers, body: { topic, headers, msg } })],
]

describe('a change of an advisory', () => {
  const topic = '/topic/VirtualTopic.eng.errata.activity.status'
  const shipped = {
    outcome: 'meaning',
    meaning: { kind: 'advisory-shipped', errataId: 34661, fulladvisory: 'RHSA-2026:34661-01' },
  }

  it.each(wrappings)('means a shipped advisory when the new status is SHIPPED_LIVE (%s)', (_name, wrap) => {
    expect(read(topic, wrap(topic, statusBody(34661), { errata_id: '34661' }))).toEqual(shipped)
  })

  it.each(['', ' \n', '{}', 'null', '""'])('is read from the headers when the body is %j', (body) => {
    const headers = { errata_id: '34661', to: 'SHIPPED_LIVE', fulladvisory: 'RHSA-2026:34661-01' }
    expect(read(topic, body, headers)).toEqual(shipped)
  })

  it('is read from the envelope when both body and properties are empty', () => {
    const headers = { errata_id: '34661', to: 'SHIPPED_LIVE', fulladvisory: 'RHSA-2026:34661-01' }
    expect(read(topic, { topic, msg_id: 'ID:1', headers, msg: {} })).toEqual(shipped)
  })

  it('is read from the body when the headers contradict it', () => {
    expect(read(topic, statusBody(34661), { errata_id: '1', to: 'QE' })).toEqual(shipped)
  })

  it('may have its id as text', () => {
    expect(read(topic, { ...statusBody(1), errata_id: '34661', fulladvisory: null })).toEqual({
      outcome: 'meaning',
      meaning: { kind: 'advisory-shipped', errataId: 34661, fulladvisory: null },
    })
  })

  it.each(['NEW_FILES', 'QE', 'REL_PREP', 'PUSH_READY', 'IN_PUSH', 'DROPPED_NO_SHIP', 'REDACTED'])(
    'is ignored when the new status is %s',
    (to) => {
      expect(read(topic, statusBody(7, to))).toEqual({
        outcome: 'ignored',
        reason: `Advisory 7 is now ${to}, not SHIPPED_LIVE.`,
      })
    },
  )

  it.each([[['module']], [['rpm', 'module']], [undefined], [null], ['REDACTED']])(
    'means that its modules may be in testing when the new status is QE and its content types are %j',
    (types) => {
      const meaning = { kind: 'module-in-testing', errataId: 7, by: 'status' }
      expect(read(topic, { ...statusBody(7, 'QE'), content_types: types })).toEqual({
        outcome: 'meaning',
        meaning,
      })
    },
  )

  it('has no name for an advisory under embargo', () => {
    expect(read(topic, { ...statusBody(7), fulladvisory: 'REDACTED' })).toMatchObject({
      meaning: { errataId: 7, fulladvisory: null },
    })
  })

  it.each([
    [{ to: 'SHIPPED_LIVE' }, /^errata_id: Invalid input: expected number, received undefined$/],
    [
      { errata_id: 'RHSA', to: 'SHIPPED_LIVE' },
      /^errata_id: Invalid input: expected number, received string$/,
    ],
    [{ errata_id: 0, to: 'SHIPPED_LIVE' }, /^errata_id: Too small/],
    [{ errata_id: 1.5, to: 'SHIPPED_LIVE' }, /^errata_id: /],
    [{ errata_id: 2 ** 31, to: 'SHIPPED_LIVE' }, /^errata_id: Too big/],
    [{ errata_id: '9999999999', to: 'SHIPPED_LIVE' }, /^errata_id: Too big/],
    [{ errata_id: 1, to: ['SHIPPED_LIVE'] }, /^to: Invalid input: expected string, received array$/],
    [{ errata_id: true, to: null }, /^errata_id: .*; to: .*$/],
    [[1, 2], /^body: Invalid input: expected object, received array$/],
    ['"text"', /^body: Invalid input: expected object, received string$/],
    ['{"errata_id": 1', /^The body is not valid JSON: /],
    ['{"errata_id": 1}\0', /^The body is not valid JSON: /],
  ])('fails with the place and the problem: %j', (body, reason) => {
    expect(read(topic, body)).toEqual({ outcome: 'failed', reason: expect.stringMatching(reason) })
  })
})

describe('a signature of a build', () => {
  const topic = '/topic/VirtualTopic.eng.errata.activity.signing'
  const body = { content_types: ['module'], errata_status: 'QE', errata_id: 123 }

  it.each(wrappings)(
    'means that modules may be ready when it is in an advisory in QE (%s)',
    (_name, wrap) => {
      expect(read(topic, wrap(topic, body, {}))).toEqual({
        outcome: 'meaning',
        meaning: { kind: 'module-in-testing', errataId: 123, by: 'signing' },
      })
    },
  )

  it.each([
    [{ ...body, content_types: ['rpm'] }, 'Advisory 123 has content types rpm, not module.'],
    [{ ...body, content_types: 'REDACTED' }, 'Advisory 123 has content types none, not module.'],
    [{ ...body, errata_status: 'NEW_FILES' }, 'Advisory 123 is NEW_FILES, not QE.'],
    [{ ...body, errata_status: null }, 'Advisory 123 is in an unknown state, not QE.'],
  ])('is ignored in any other advisory: %j', (message, reason) => {
    expect(read(topic, message)).toEqual({ outcome: 'ignored', reason })
  })

  it.each([
    [{ ...body, errata_id: undefined }, /^errata_id: /],
    [{ ...body, errata_status: 7 }, /^errata_status: /],
    [[], /^body: /],
  ])('fails when it cannot be read: %j', (message, reason) => {
    expect(read(topic, message)).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(reason) })
  })
})

describe('a change of a task', () => {
  const texts = (properties: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]))

  it.each(['CLOSED', 'FAILED', 'CANCELED'])('means the end of the task when it is %s', (state) => {
    const topic = `topic://VirtualTopic.eng.brew.task.${state.toLowerCase()}`
    const ended = { outcome: 'meaning', meaning: { kind: 'task-ended', taskId: 20124784, state } }
    const headers = texts(taskProperties(20124784, state))
    expect(read(topic, taskBody(20124784, state), headers)).toEqual(ended)
    expect(read(topic, taskBody(20124784, state))).toEqual(ended)
    expect(read(topic, '', headers)).toEqual(ended)
    for (const [, wrap] of wrappings)
      expect(read(topic, wrap(topic, taskBody(20124784, state), headers))).toEqual(ended)
  })

  it.each([
    [{ koji_builds: ['7', '8'] }, 8],
    [{ koji_builds: [9] }, 9],
    [{ koji_builds: [] }, undefined],
    [{ koji_builds: ['x'] }, undefined],
    [{ koji_builds: '8' }, undefined],
    ['skipped', undefined],
    [null, undefined],
  ])('names the build that its result has, if it has one: %j', (result, kojiBuildId) => {
    const { info, ...rest } = taskBody(5, 'CLOSED')
    const meaning = { kind: 'task-ended', taskId: 5, state: 'CLOSED', ...(kojiBuildId && { kojiBuildId }) }
    const message = { ...rest, info: { ...info, result } }
    expect(read('brew.task.closed', message)).toEqual({ outcome: 'meaning', meaning })
  })

  it('has the state of the body when topic and headers contradict it', () => {
    const topic = '/topic/VirtualTopic.eng.brew.task.closed'
    expect(read(topic, taskBody(5, 'FAILED'), texts(taskProperties(5, 'CLOSED')))).toMatchObject({
      meaning: { taskId: 5, state: 'FAILED' },
    })
  })

  it('takes from the headers what the body lacks', () => {
    const body = { attribute: 'state', old: 'OPEN', new: 'CLOSED', info: { request: '<xml/>' } }
    expect(read('brew.task.closed', body, texts(taskProperties(5, 'CLOSED')))).toMatchObject({
      meaning: { taskId: 5, state: 'CLOSED' },
    })
  })

  it.each([
    [taskBody(5, 'CLOSED', 'newRepo'), 'Task 5 is a newRepo task, not buildContainer.'],
    [{ ...taskBody(5, 'CLOSED'), attribute: 'priority' }, 'Task 5 has changed its priority, not its state.'],
    [taskBody(5, 'OPEN'), 'Task 5 is now OPEN and has not ended.'],
  ])('is ignored when it does not end a container build', (body, reason) => {
    expect(read('x.brew.task.closed', body)).toEqual({ outcome: 'ignored', reason })
  })

  it.each([
    [taskBody(5, 'GONE'), /^new: Invalid option/],
    [{ new: 'CLOSED' }, /^info\.id: .*; info\.method: /],
    [{ ...taskBody(5, 'CLOSED'), info: 'x' }, /^info\.id: /],
    [[], /^body: /],
  ])('fails when it cannot be read: %j', (body, reason) => {
    expect(read('x.brew.task.closed', body)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(reason),
    })
  })

  it.each(['free', 'open', 'assigned'])('is ignored on topic %s', (state) => {
    expect(read(`x.brew.task.${state}`, taskBody(5, 'OPEN'))).toMatchObject({ outcome: 'ignored' })
  })
})

describe('a change of a compose', () => {
  const topics = ['VirtualTopic.eng.odcs.state.change', 'org.fedoraproject.prod.odcs.compose.state-changed']

  it.each(topics)('means the state by its number (%s)', (topic) => {
    for (const [state, name] of [
      [2, 'done'],
      [3, 'removed'],
      [4, 'failed'],
    ] as const) {
      expect(read(topic, composeBody(9, state))).toEqual({
        outcome: 'meaning',
        meaning: { kind: 'compose-changed', odcsComposeId: 9, state: name },
      })
    }
  })

  it('is ignored while the compose is in progress', () => {
    expect(read('odcs.state.change', composeBody(9, 0))).toEqual({
      outcome: 'ignored',
      reason: 'Compose 9 is in state wait and not ready yet.',
    })
    expect(read('odcs.state.change', composeBody(9, 1))).toMatchObject({ outcome: 'ignored' })
  })

  it.each([
    [composeBody(9, 5), /^compose\.state: Too big/],
    [{ compose: { id: 9, state: 'done' } }, /^compose\.state: /],
    [{ event: 'state-changed' }, /^compose: /],
    ['', /^body: /],
  ])('fails when it cannot be read: %j', (body, reason) => {
    expect(read('odcs.state.change', body)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(reason),
    })
  })
})

describe('any message', () => {
  it('is ignored, whatever its content, when no parser matches its topic', () => {
    const reason = 'No parser for topic /topic/VirtualTopic.eng.errata.builds.added'
    const topic = '/topic/VirtualTopic.eng.errata.builds.added'
    expect(read(topic, '{')).toEqual({ outcome: 'ignored', reason })
    expect(read(topic, 'x'.repeat(MAX + 1))).toEqual({ outcome: 'ignored', reason })
  })

  it('is read by the topic of its envelope when a gateway delivers it under its own address', () => {
    const body = { topic: 'VirtualTopic.eng.odcs.state.change', msg_id: '1', msg: composeBody(9, 2) }
    expect(read('queue://everything', body)).toMatchObject({ meaning: { odcsComposeId: 9 } })
  })

  it.each([
    ['on the wrapping', { msg_id: 'ID:1', headers: { 'message-id': 'ID:2' }, msg: {} }, 'ID:1'],
    ['in its headers', { headers: { 'message-id': 'ID:2' }, msg: {} }, 'ID:2'],
    ['in headers further in', { body: { headers: { 'message-id': 'ID:3' }, msg: {} }, headers: {} }, 'ID:3'],
    ['not a text', { topic: 'x', msg_id: 5, headers: { 'message-id': '' }, msg: {} }, 'x'],
    ['in a message without a wrapping', { msg_id: 'manual_rebuild_1', errata_id: 1 }, 'x'],
    ['not in a body that is not JSON', 'msg_id', 'x'],
  ])('has the id that a gateway has left %s', (_name, body, id) => {
    const sent = delivery('a.topic', body)
    expect(readAsSent(sent, MAX).delivery).toEqual({ ...sent, messageId: id })
  })

  it('fails without being parsed above the size limit, and is read at the limit', () => {
    const body = JSON.stringify(statusBody(7))
    const topic = 'errata.activity.status'
    const limited = (limit: number) => readMessage(delivery(topic, body), limit)
    expect(limited(body.length)).toMatchObject({ outcome: 'meaning' })
    expect(limited(body.length - 1)).toEqual({
      outcome: 'failed',
      reason: `The body has ${body.length} bytes, max_message_bytes is ${body.length - 1}.`,
    })
  })

  it('fails when it is nested extremely deeply', () => {
    const body = `{"compose":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    expect(readMessage(delivery('odcs.state.change', body), 10_000_000)).toMatchObject({ outcome: 'failed' })
  })
})

describe('a request to cancel an event', () => {
  const topic = 'org.fedoraproject.prod.freshmaker.manage.eventcancel'
  const body = { action: 'eventcancel', event_id: 3, builds_id: [1, 2], try: 0 }

  it.each(wrappings)('means the event and the builds that ran (%s)', (_name, wrap) => {
    expect(read(topic, wrap(topic, body, {}))).toEqual({
      outcome: 'meaning',
      meaning: { kind: 'cancel-requested', eventId: 3, buildIds: [1, 2] },
    })
  })

  it.each([
    [{ ...body, action: undefined }, 'Action is not defined within the message.'],
    [
      { ...body, action: 'other' },
      "Last part of 'Freshmaker manage' message topic must match the action defined within the message.",
    ],
    [{ ...body, event_id: undefined }, expect.stringContaining('event_id: ')],
    [{ ...body, builds_id: undefined }, expect.stringContaining('builds_id: ')],
    [{ ...body, builds_id: ['x'] }, expect.stringContaining('builds_id.0: ')],
  ])('fails without what it needs (%#)', (message, reason) => {
    expect(read(topic, message)).toEqual({ outcome: 'failed', reason })
  })

  it('is ignored after its last try', () => {
    expect(read(topic, { ...body, try: 2 }).outcome).toBe('meaning')
    expect(read(topic, { ...body, try: 3 }).outcome).toBe('ignored')
  })
})

describe('what is read in a message', () => {
  it.each([5, [], {}])(
    'does not include an odd name (%j) of the advisory, which the Errata Tool knows',
    (odd) => {
      expect(read('errata.activity.status', { ...statusBody(7), fulladvisory: odd })).toEqual({
        outcome: 'meaning',
        meaning: { kind: 'advisory-shipped', errataId: 7, fulladvisory: null },
      })
    },
  )

  it('is the end of a task although its attribute is null', () => {
    const body = { ...taskBody(9, 'CLOSED'), attribute: null }
    expect(read('brew.task.closed', body)).toMatchObject({ meaning: { taskId: 9 } })
  })
})

describe('a body that is nested too deep', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

  it.each(TOPIC_SUFFIXES)('fails, although JSON.parse reads it: %s', (topic) => {
    for (const body of [deep, `{"errata_id": 1, "to": "SHIPPED_LIVE", "metadata": ${deep}}`])
      expect(read(topic, body)).toEqual({
        outcome: 'failed',
        reason: 'The body is nested more than 100 levels deep.',
      })
  })
})

it('of very many invalid values only the first are named, so that the reason is never longer than the message', () => {
  const builds_id = Array.from({ length: 2000 }, () => '')
  const { reason } = read('eng.freshmaker.manage.eventcancel', {
    action: 'eventcancel',
    event_id: 1,
    builds_id,
  }) as { reason: string }
  expect(reason).toMatch(/^builds_id\.0: Invalid input.*; builds_id\.9: Invalid input.* and 1990 more$/)
})

it('the id that a requester chose is stored as its hash when it is too long for an index', () => {
  const read = (id: string) => {
    const body = Buffer.from(JSON.stringify({ msg_id: id, container_images: ['a-container'] }))
    const topic = 'eng.freshmaker.async.manual.build'
    return readMessage({ messageId: 'x', topic, body, properties: {} }, 10_000)
  }
  expect(read('chosen')).toMatchObject({ meaning: { messageId: 'chosen' } })
  expect(read('x'.repeat(256))).toMatchObject({
    meaning: { messageId: expect.stringMatching(/^sha256-[0-9a-f]{64}$/) },
  })
})
