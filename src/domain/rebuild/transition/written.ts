/** An event with changes written, as the database would return it. */
import type { BuildFacts, Change, EventFacts } from './facts.ts'

/** Pure; builds that are not among the changes stay the same objects. */
export function written(event: EventFacts, changes: readonly Change[]): EventFacts {
  if (changes.length === 0) return event
  const changed = new Map<number, BuildFacts>()
  const builds = new Map(event.builds.map((build) => [build.id, build]))
  let { state } = event
  for (const change of changes) {
    if (change.target === 'event') {
      state = change.to
      continue
    }
    const before = changed.get(change.id) ?? builds.get(change.id)
    if (!before) continue
    changed.set(change.id, {
      ...before,
      state: change.to,
      stateReason: change.reason,
      taskId: change.patch.taskId ?? before.taskId,
      retryCount: change.patch.retryCount ?? before.retryCount,
    })
  }
  return { ...event, state, builds: event.builds.map((build) => changed.get(build.id) ?? build) }
}
