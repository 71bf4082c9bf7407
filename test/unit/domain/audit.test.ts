import { expect, it } from 'vitest'
import { requestedSubject } from '../../../src/domain/audit.ts'

it.each([
  [{ errata_id: 7, freshmaker_event_id: 3 }, 'advisory 7'],
  [{ errata_id: '7', freshmaker_event_id: 3 }, 'event 3'],
  [{ container_images: ['a-1-1', 5, 'b-1-1'], freshmaker_event_id: 3 }, 'packages a-1-1 b-1-1'],
  [{ container_images: [], freshmaker_event_id: 3 }, 'event 3'],
  [{ container_images: { length: 1 } }, null],
  [{ freshmaker_event_id: '3' }, null],
  [[], null],
  ['advisory 7', null],
  [null, null],
])('the subject of the request %j is %j', (body, subject) => {
  expect(requestedSubject(body)).toBe(subject)
})
