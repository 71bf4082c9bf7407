/** The hub's messages about tasks, in the shapes of its message plugin (behaviour/koji 7). */
import { encodeCall } from '../../../src/lib/xmlrpc/index.ts'
import { publish, type World } from '../../world.ts'
import { taskStruct } from './answers.ts'
import type { KojiTask, TaskState } from './records.ts'

/** Topics of messages about tasks begin with this, and end in the state. */
export const TASK_PREFIX = 'VirtualTopic.eng.brew.task'

/** Publishes the change from `old` (null: the task is new) to the task's current state. */
export function announceTask(world: World, task: KojiTask, old: TaskState | null): void {
  const change = { attribute: 'state', old, new: task.state }
  const properties = { type: 'TaskStateChange', id: task.id, parent: null, method: task.method, ...change }
  const info = old === null ? newTaskInfo(task) : knownTaskInfo(task)
  publish(world, `${TASK_PREFIX}.${task.state.toLowerCase()}`, { ...change, info }, properties)
  world.log(
    `koji: task ${task.id} ${task.state} ${String(task.request[0])}${task.fault ? ` (${task.fault.text})` : ''}`,
  )
}

/** The message about a new task differs: its request is the raw call, and most fields are missing. */
function newTaskInfo(task: KojiTask) {
  return {
    channel: task.channel,
    priority: task.priority,
    arch: 'noarch',
    owner: task.owner,
    label: null,
    parent: null,
    channel_id: taskStruct(task, false).channel_id,
    request: encodeCall(task.method, task.request),
    state: 0,
    method: task.method,
    id: task.id,
  }
}

/** The task's `info`. Only a closed task has a result here; the reason of a failed task is left out and has to be queried. */
function knownTaskInfo(task: KojiTask) {
  return { ...taskStruct(task, true), ...(task.result && { result: task.result }) }
}
