/** The container tasks that the service under test has created at the lab's hub. */
import { LAB_USER } from '../../lab/services/koji/records.ts'
import type { Lab } from '../../lab/start.ts'

/** `key` is what may exist only once: one source and release is one try of one build. */
export type HubTask = { id: number; key: string; name: string; state: string }

/** All of them, oldest first. */
export function hubTasks(lab: Lab): HubTask[] {
  const tasks = [...lab.world.koji.tasks.values()].filter((task) => task.owner === LAB_USER.id)
  return tasks.map(({ id, request, state }) => {
    const [source, , opts] = request as [string, string, { release: string }] // what the service sends
    const name = /\/([^/#]+)#/.exec(source)?.[1] ?? source
    return { id, key: `${source} ${opts.release}`, name, state }
  })
}

/** Tries that have more than one task; must stay empty whatever happens. */
export function twins(lab: Lab): string[] {
  const keys = hubTasks(lab).map(({ key }) => key)
  return keys.filter((key, index) => keys.indexOf(key) !== index)
}
