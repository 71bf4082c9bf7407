/** Messages that request something: to cancel an event, or a rebuild under an id of the requester. */
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../../../src/bus/messages/routes.ts'
import { read, wrappings } from '../../../support/bus/reading.ts'

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
