/** Whatever arrives on the bus is read or refused with a reason; nothing throws. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readMessage, TOPIC_SUFFIXES } from '../../../../src/bus/messages/routes.ts'
import { meaningSchema } from '../../../../src/domain/message.ts'
import { composeBody, statusBody, taskBody } from '../../../support/bus/messages.ts'

const MAX_BYTES = 10_000

it('any message has a meaning that the inbox can read, or is ignored or failed with a reason', () => {
  const pieces = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      ...[statusBody(1), taskBody(2, 'FAILED'), composeBody(3, 2)].map((it) => JSON.stringify(it)),
    ),
    fc
      .record({ topic: fc.string(), headers: fc.object(), msg: fc.object(), body: fc.object() })
      .map((it) => JSON.stringify(it)),
  )
  const topics = fc.oneof(fc.string(), fc.constantFrom(...TOPIC_SUFFIXES))
  const properties = fc.dictionary(fc.constantFrom('to', 'errata_id', 'new', 'id', 'method'), fc.string())
  fc.assert(
    fc.property(topics, pieces, properties, (topic, body, headers) => {
      const delivery = { messageId: 'x', topic, body: Buffer.from(body), properties: headers }
      const reading = readMessage(delivery, MAX_BYTES)
      if (reading.outcome === 'meaning') expect(meaningSchema.parse(reading.meaning)).toEqual(reading.meaning)
      else expect(reading.reason).not.toBe('')
    }),
    { numRuns: 2000 },
  )
})
