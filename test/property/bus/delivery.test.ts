/** Whatever a broker delivers can be stored. */
import fc from 'fast-check'
import type { Message } from 'rhea'
import { expect, it } from 'vitest'
import { readDelivery } from '../../../src/bus/delivery.ts'

const SUFFIXES = ['errata.activity.status', 'brew.task.closed']

it('properties, topic and id of a delivery never hold what PostgreSQL refuses', () => {
  const wild = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(wild, wild, fc.dictionary(wild, wild), (to, id, application_properties) => {
      const message = { to, message_id: id, body: '', application_properties } as Message // rhea reads no other part
      const { topic, messageId, properties } = readDelivery(message, '', SUFFIXES)
      for (const part of [topic, messageId, ...Object.entries(properties).flat()]) {
        expect(part).not.toContain('\0')
        expect(part.isWellFormed()).toBe(true)
      }
    }),
  )
})
