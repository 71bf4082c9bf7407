import { expect, it } from 'vitest'
import { isFinalTaskState, TASK_STATES } from '../../../../src/domain/rebuild/task-state.ts'

it('a task that is closed, canceled or failed never changes again', () => {
  expect(TASK_STATES.filter(isFinalTaskState)).toEqual(['CLOSED', 'CANCELED', 'FAILED'])
})
