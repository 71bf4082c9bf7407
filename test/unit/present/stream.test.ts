import { describe, expect, it } from 'vitest'
import { decisionGroup } from '../../../src/domain/streams/change.ts'
import { beatFrame, changeOf, eventFrame, retryFrame } from '../../../src/present/stream.ts'

const textOf = (frame: Uint8Array | undefined) => new TextDecoder().decode(frame)
const message = { position: 7, eventId: 3, advisory: '12345' }

describe('frames', () => {
  it('have their data on one line, whatever it contains', () => {
    expect(textOf(eventFrame({ id: 7, event: 'x', data: { a: 'one\ntwo\r\nü' } }))).toBe(
      'id: 7\nevent: x\ndata: {"a":"one\\ntwo\\r\\nü"}\n\n',
    )
  })

  it('that are not events set pause and id, or are comments', () => {
    expect(textOf(retryFrame(2000))).toBe('retry: 2000\n\n')
    expect(textOf(retryFrame(2000, 7))).toBe('retry: 2000\nid: 7\n\n')
    expect(textOf(beatFrame(7))).toBe(':\nid: 7\n\n')
  })
})

describe('a message as a change', () => {
  it('about an event or build belongs to its event and its advisory', () => {
    const change = changeOf({ ...message, topic: 'build.state.changed', payload: { id: 5 } })
    expect(change).toMatchObject({
      position: 7,
      kind: 'build.state.changed',
      groups: ['every event', 'event 3', 'advisory 12345'],
    })
    expect(textOf(change?.frame)).toBe('id: 7\nevent: build.state.changed\ndata: {"id":5}\n\n')
  })

  it('about a decision belongs to that decision, and has the inner body', () => {
    const msg = {
      subject_type: 'koji_build',
      subject_identifier: 'a-1-1',
      decision_context: 'c',
      product_version: 'p',
      summary: 's',
    }
    const change = changeOf({
      position: 8,
      eventId: null,
      advisory: null,
      topic: 't',
      payload: { msg, topic: 't' },
    })
    expect(change?.groups).toEqual([
      decisionGroup({
        subjectType: 'koji_build',
        subjectIdentifier: 'a-1-1',
        decisionContext: 'c',
        productVersion: 'p',
      }),
    ])
    const [, , data = ''] = textOf(change?.frame).split('\n')
    expect(JSON.parse(data.replace('data: ', ''))).toEqual(msg)
  })

  it('is not one when it is about something else, cannot be read, or was deleted', () => {
    expect(changeOf({ ...message, topic: 'manual.rebuild', payload: { errata_id: 1 } })).toBeNull()
    expect(changeOf({ ...message, topic: 'x', payload: { msg: { subject_type: 1 } } })).toBeNull()
    expect(changeOf({ ...message, topic: 'x', payload: null })).toBeNull()
    expect(changeOf({ ...message, topic: null, payload: null })).toBeNull()
  })
})
