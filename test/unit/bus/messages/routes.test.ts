/** Reading messages of any topic: which are ignored, which fail, and which ids and values are kept. */
import { describe, expect, it } from 'vitest'
import { readAsSent, readMessage, TOPIC_SUFFIXES } from '../../../../src/bus/messages/routes.ts'
import { composeBody, statusBody, taskBody } from '../../../support/bus/messages.ts'
import { delivery, MAX, read } from '../../../support/bus/reading.ts'

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
