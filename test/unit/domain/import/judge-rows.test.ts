/** Checks which rows are new, here already, or refused; and which ids stand for two things. */
import { describe, expect, it } from 'vitest'
import { type Comparable, findConflicts, judgeRows } from '../../../../src/domain/import/judge-rows.ts'
import { importedBuild, importedEvent } from '../../../support/database/imported-rows.ts'

const known = (over: Partial<Comparable['artifact_builds']> = {}): Comparable['artifact_builds'] => ({
  id: 1,
  name: 'a',
  originalNvr: 'a-1-1',
  rebuiltNvr: 'a-1-1.1',
  eventId: 1,
  depOnId: null,
  ...over,
})

describe('an event', () => {
  const here = { id: 7, messageId: 'm7' }
  it.each([
    ['is new', { id: 8, messageId: 'm8' }, 'fresh'],
    ['is here', { id: 7, messageId: 'm7' }, 'present'],
  ] as const)('%s', (_, fields, expected) => {
    const event = importedEvent(fields)
    expect(judgeRows('events', [event], [here])[expected]).toEqual([event])
  })

  it('is refused where its id or its message is taken', () => {
    const events = [importedEvent({ id: 7, messageId: 'm8' }), importedEvent({ id: 8, messageId: 'm7' })]
    expect(judgeRows('events', events, [here])).toEqual({
      fresh: [],
      present: [],
      refused: [
        { id: 7, reason: 'has the id of message_id m7' },
        { id: 8, reason: 'has the message_id of row 7' },
      ],
    })
  })
})

describe('a build', () => {
  it('is the same with the same image in the same event, whatever has become of it', () => {
    const build = importedBuild({ id: 1, name: 'a', originalNvr: 'a-1-1', rebuiltNvr: 'a-1-1.2', eventId: 1 })
    expect(judgeRows('artifact_builds', [build], [known()]).present).toEqual([build])
  })

  it('is refused with the NVR of one that is here or that comes before it', () => {
    const builds = [
      importedBuild({ id: 2, originalNvr: 'b-1-1', rebuiltNvr: 'a-1-1.1', eventId: 1 }),
      importedBuild({ id: 3, originalNvr: 'c-1-1', rebuiltNvr: 'c-1-1.1', eventId: 1 }),
      importedBuild({ id: 4, originalNvr: 'c-1-1', rebuiltNvr: null, eventId: 1 }),
      importedBuild({ id: 5, originalNvr: 'c-1-1', rebuiltNvr: null, eventId: 2 }),
      importedBuild({ id: 6, originalNvr: 'c-1-1', rebuiltNvr: null, eventId: null }),
      importedBuild({ id: 7, originalNvr: 'c-1-1', rebuiltNvr: null, eventId: null }),
    ]
    const { fresh, refused } = judgeRows('artifact_builds', builds, [known()])
    expect(fresh.map(({ id }) => id)).toEqual([3, 5, 6, 7])
    expect(refused).toEqual([
      { id: 2, reason: 'has the rebuilt_nvr of row 1' },
      { id: 4, reason: 'has the original_nvr in its event of row 3' },
    ])
  })
})

it('users, composes and dependencies are the same under another id', () => {
  expect(
    judgeRows('users', [{ id: 2, username: 'root' }], [{ id: 1, username: 'root' }]).present,
  ).toHaveLength(1)
  expect(
    judgeRows('composes', [{ id: 2, odcsComposeId: 9 }], [{ id: 1, odcsComposeId: 9 }]).present,
  ).toHaveLength(1)
  const pair = { eventId: 1, dependsOnId: 2 }
  expect(judgeRows('event_dependencies', [{ id: 2, ...pair }], [{ id: 1, ...pair }]).present).toHaveLength(1)
})

it('an id conflicts only where both sides have it for different things', () => {
  const here = [known(), known({ id: 2, originalNvr: 'b-1-1' }), known({ id: 4 })]
  const there = [known({ rebuiltNvr: null }), known({ id: 2, eventId: 2 }), known({ id: 3 })]
  expect(findConflicts('artifact_builds', here, there)).toEqual([
    { table: 'artifact_builds', id: 2, here: 'b-1-1 of event 1', there: 'a-1-1 of event 2' },
  ])
})
