/** Ends a task of the lab's hub well, at once: with the build that it leaves there. */
import { buildContainerImage } from '../../../lab/services/koji/builder/build-image.ts'
import type { World } from '../../../lab/world.ts'

/** No machine may be working on it. Nothing is announced on the bus. */
export function closeTask(world: World, taskId: number): void {
  const task = world.koji.tasks.get(taskId)
  if (!task) throw new Error(`the hub has no task ${taskId}`)
  const result = buildContainerImage(world, task, null)
  Object.assign(task, { state: 'CLOSED', result, completedAt: world.now() })
}
