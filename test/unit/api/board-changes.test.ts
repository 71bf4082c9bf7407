/** Checks what the audit records about a request to the board of the queues. */
import { expect, it } from 'vitest'
import { boardChange } from '../../../src/api/board-changes.ts'

it.each([
  ['pause', 'all queues', 'pause'],
  ['resume', 'all queues', 'resume'],
  ['submit/pause', 'queue submit', 'pause'],
  ['submit/add', 'queue submit', 'add'],
  ['submit/retry/failed', 'queue submit', 'retry failed'],
  ['submit/clean/completed', 'queue submit', 'clean completed'],
  ['submit/rate-limit/release', 'queue submit', 'rate-limit release'],
  ['submit/job-schedulers/x/remove', 'queue submit', 'job-schedulers x remove'],
  ['submit/submit-7/promote', 'job submit-7 of queue submit', 'promote'],
  ['transition/transition-task%3A7/update-data', 'job transition-task:7 of queue transition', 'update-data'],
  ['submit/%E0%A4%A/clean', 'job %E0%A4%A of queue submit', 'clean'],
])('%s', (path, subject, what) => {
  expect(boardChange(`/queues/api/queues/${path}`)).toEqual({ subject, what })
})
