/** The container tasks that the service under test has created at the lab's hub. */
import { buildContainerImage } from '../../../lab/services/koji/builder/build-image.ts'
import { LAB_USER } from '../../../lab/services/koji/records.ts'
import type { Lab } from '../../../lab/start.ts'
import type { World } from '../../../lab/world.ts'

/** `key` must be unique: a source with a release identifies one try of one build. */
export type HubTask = { id: number; key: string; name: string; state: string }

/** All these tasks, oldest first. */
export function hubTasks(lab: Lab): HubTask[] {
  const tasks = [...lab.world.koji.tasks.values()].filter((task) => task.owner === LAB_USER.id)
  return tasks.map(({ id, request, state }) => {
    const [source, , opts] = request as [string, string, { release: string }] // what the service sends
    const name = /\/([^/#]+)#/.exec(source)?.[1] ?? source
    return { id, key: `${source} ${opts.release}`, name, state }
  })
}

/** Keys of tries with more than one task; must always be empty. */
export function duplicateKeys(lab: Lab): string[] {
  const keys = hubTasks(lab).map(({ key }) => key)
  return keys.filter((key, index) => keys.indexOf(key) !== index)
}

/** Closes a task with the build that it requests, without a message; for hubs whose machines never finish it. */
export function closeWithBuild(world: World, taskId: number): void {
  const task = world.koji.tasks.get(taskId)
  if (!task) throw new Error(`No task ${taskId}`)
  Object.assign(task, { result: buildContainerImage(world, task, null), state: 'CLOSED' })
}
