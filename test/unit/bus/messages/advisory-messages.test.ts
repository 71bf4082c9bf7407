/** Messages of the Errata Tool: changes of advisories, and signatures of builds. */
import { describe, expect, it } from 'vitest'
import { statusBody } from '../../../support/bus/messages.ts'
import { read, wrappings } from '../../../support/bus/reading.ts'

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
