/** States of a task of the build system, by their numbers there. */

/** All states, in the order of their numbers. */
export const TASK_STATES = ['FREE', 'OPEN', 'CLOSED', 'CANCELED', 'ASSIGNED', 'FAILED'] as const
export type TaskState = (typeof TASK_STATES)[number]

/** Whether a task never leaves this state. */
export function isFinalTaskState(state: TaskState): boolean {
  return state === 'CLOSED' || state === 'CANCELED' || state === 'FAILED'
}
