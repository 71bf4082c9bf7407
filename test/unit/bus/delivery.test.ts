import fc from 'fast-check'
import rhea, { type Message } from 'rhea'
import { describe, expect, it } from 'vitest'
import { readDelivery } from '../../../src/bus/delivery.ts'

const SUFFIXES = ['errata.activity.status', 'brew.task.closed']

/** Encodes and decodes with rhea, as a real transfer does. */
function overTheWire(message: Record<string, unknown>): Message {
  return rhea.message.decode(rhea.message.encode(message)) as unknown as Message // rhea types this too loosely
}

const read = (message: Record<string, unknown>, source = 'queue://everything') =>
  readDelivery(overTheWire(message), source, SUFFIXES)

describe('the topic of a delivery', () => {
  const known = 'VirtualTopic.eng.errata.activity.status'

  it.each([
    ['to', { to: `topic://${known}` }, `topic://${known}`],
    ['subject', { subject: 'errata.activity.status' }, 'errata.activity.status'],
    ['the routing key of RabbitMQ', { message_annotations: { 'x-routing-key': known } }, known],
    [
      'the destination header of ActiveMQ',
      { application_properties: { destination: `/topic/${known}` } },
      `/topic/${known}`,
    ],
  ])('is taken from %s', (_place, message, topic) => {
    expect(read({ body: '', ...message }).topic).toBe(topic)
  })

  it.each([
    `queue://Consumer.freshwave.${known}`,
    `Consumer.freshwave.${known}`,
    `/exchange/amq.topic/${known}`,
    `topic://${known}`,
    `/topic/${known}`,
  ])('is taken from the source %s if the message has none', (source) => {
    expect(read({ body: '' }, source).topic).toBe(source)
  })

  it('is the first known topic, in whichever place', () => {
    const message = {
      to: 'queue://gateway',
      subject: 'a subject',
      application_properties: { destination: 'x.brew.task.closed' },
    }
    expect(read({ body: '', ...message }).topic).toBe('x.brew.task.closed')
  })

  it('is the first non-empty place if no topic is known', () => {
    expect(read({ body: '', subject: 'a subject', to: 'queue://gateway' }).topic).toBe('queue://gateway')
    expect(read({ body: '' }).topic).toBe('queue://everything')
  })
})

describe('the id of a delivery', () => {
  const uuid = '123e4567-e89b-12d3-a456-426614174000'

  it.each([
    ['text', 'ID:messaging-1', 'ID:messaging-1'],
    ['a number', 77, '77'],
    [
      'a number beyond 2^53',
      rhea.types.wrap_ulong(Buffer.from('ffffffffffffffff', 'hex')),
      '18446744073709551615',
    ],
    ['a UUID', rhea.types.wrap_uuid(rhea.string_to_uuid(uuid)), uuid],
    ['bytes', rhea.types.wrap_binary(Buffer.from('0102ff', 'hex')), '0102ff'],
    ['text with NUL characters', 'a\0b', 'a\ufffdb'],
  ])('may be %s', (_kind, id, expected) => {
    expect(read({ message_id: id, body: '' }).messageId).toBe(expected)
  })

  it('is hashed if it is too long for an index', () => {
    const messageId = (id: string) => read({ message_id: id, body: '' }).messageId
    expect(messageId('x'.repeat(255))).toBe('x'.repeat(255))
    expect(messageId('x'.repeat(256))).toMatch(/^sha256-[0-9a-f]{64}$/)
    expect(messageId('x'.repeat(256))).not.toBe(messageId('x'.repeat(257)))
  })

  it('is derived from topic and body if the message has none', () => {
    const id = (to: string, body: string, properties = {}) =>
      read({ to, body, application_properties: properties }).messageId
    expect(id('a', 'x')).toMatch(/^sha256-[0-9a-f]{64}$/)
    expect(id('a', 'x', { n: 1 })).toBe(id('a', 'x'))
    expect(new Set([id('a', 'x'), id('b', 'x'), id('a', 'y')]).size).toBe(3)
  })

  it('is derived from the properties, in any order, if there is no body either', () => {
    const id = (properties: object) => read({ body: '', application_properties: properties }).messageId
    expect(id({ a: 1, b: 2 })).toBe(id({ b: 2, a: 1 }))
    expect(id({ a: 1, b: 2 })).not.toBe(id({ a: 1, b: 3 }))
  })

  it('counts as missing if it is empty', () => {
    expect(read({ message_id: '', body: 'x' }).messageId).toMatch(/^sha256-/)
  })
})

describe('the body of a delivery', () => {
  const text = (body: unknown) => read({ body }).body.toString('utf8')
  const { data_section, data_sections, sequence_section } = rhea.message

  it.each([
    ['a string', '{"a":"ü"}', '{"a":"ü"}'],
    ['binary', rhea.types.wrap_binary(Buffer.from('{"a":1}')), '{"a":1}'],
    ['a data section', data_section(Buffer.from('{"a":1}')), '{"a":1}'],
    ['several data sections', data_sections([Buffer.from('{"a"'), Buffer.from(':1}')]), '{"a":1}'],
    ['a sequence of one', sequence_section(['{"a":1}']), '{"a":1}'],
    ['a sequence of many', sequence_section(['a', 1]), '["a",1]'],
    ['a map', { a: 1 }, '{"a":1}'],
    ['null', null, ''],
  ])('may be %s', (_kind, body, expected) => {
    expect(text(body)).toBe(expected)
  })

  it('is empty without any body section', () => {
    expect(readDelivery({ message_id: '1' } as Message, 'x', SUFFIXES).body).toHaveLength(0)
  })

  it('keeps every byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(read({ body: data_section(Buffer.from(bytes)) }).body).toEqual(Buffer.from(bytes))
      }),
    )
  })
})

describe('the properties of a delivery', () => {
  it('are converted to text, and omitted if null', () => {
    const properties = {
      id: 12,
      parent: null,
      big: rhea.types.wrap_long(2 ** 40),
      done: true,
      when: new Date('2026-01-02T03:04:05Z'),
      'na\0me': 'va\0lue',
    }
    expect(read({ body: '', application_properties: properties }).properties).toEqual({
      id: '12',
      big: '1099511627776',
      done: 'true',
      when: '2026-01-02T03:04:05.000Z',
      'na\ufffdme': 'va\ufffdlue',
    })
  })
})

describe('what no sender should send', () => {
  it.each([
    ['a timestamp that is out of range', { application_properties: { at: new Date(9e15) } }],
    ['an id that is a map', { message_id: { toString: 'x' } }],
    ['a property that is a map', { application_properties: { map: { toJSON: 'x', toString: 'x' } } }],
    ['annotations that are a text', { message_annotations: 'text' }],
  ])('%s does not throw', (_what, message) => {
    const { messageId } = readDelivery(
      { body: 'b', ...message } as unknown as Message,
      'queue://all',
      SUFFIXES,
    ) // not typed so
    expect(messageId).not.toBe('')
  })

  it('is kept whole when it cannot be decoded', () => {
    const bytes = Buffer.from('no sections')
    expect(readDelivery(bytes, 'queue://all', SUFFIXES)).toEqual({
      messageId: expect.stringMatching(/^sha256-/),
      topic: 'queue://all',
      body: bytes,
      properties: {},
      problem: 'The message cannot be decoded as AMQP 1.0 (11 bytes).',
    })
  })
})
