/** An event with changes written, as the database would return it. */
import type { BuildChange, BuildFacts, Change, EventFacts } from './facts.ts'

/** Pure; builds that are not among the changes stay the same objects. Events have thousands of builds, changes a few. */
export function written(event: EventFacts, changes: readonly Change[]): EventFacts {
  if (changes.length === 0) return event
  const byBuild = new Map<number, BuildChange[]>()
  let { state } = event
  for (const change of changes) {
    if (change.target === 'event') state = change.to
    else byBuild.set(change.id, [...(byBuild.get(change.id) ?? []), change])
  }
  const builds = event.builds.map((build) => byBuild.get(build.id)?.reduce(changed, build) ?? build)
  return { ...event, state, builds }
}

function changed(before: BuildFacts, { to, reason, patch }: BuildChange): BuildFacts {
  return {
    ...before,
    state: to,
    stateReason: reason,
    taskId: patch.taskId ?? before.taskId,
    retryCount: patch.retryCount ?? before.retryCount,
  }
}
