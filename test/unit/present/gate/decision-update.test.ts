/** A changed decision in the form that clients of fedora-messaging expect. */
import { expect, it } from 'vitest'
import { asFedoraMessage } from '../../../../src/present/gate/decision-update.ts'

it('the message is the decision alone, with the properties that the library checks, and no others', () => {
  const msg = { policies_satisfied: true, subject_identifier: 'glibc-1.0-1.fc26' }
  const stored = { msg, topic: '/exchange/amq.topic/org.fedoraproject.prod.greenwave.decision.update' }
  expect(asFedoraMessage(stored, new Date('2026-11-30T18:00:00.250Z'))).toEqual({
    payload: msg,
    contentEncoding: 'utf-8',
    properties: {
      fedora_messaging_schema: 'base.message',
      fedora_messaging_severity: 20,
      'sent-at': '2026-11-30T18:00:00.250+00:00',
    },
  })
})
