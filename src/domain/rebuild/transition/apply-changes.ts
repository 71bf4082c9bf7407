/** Applies changes to an event in memory, as the database would return it after they are written. */
import type { BuildChange, BuildFacts, Change, EventFacts } from './facts.ts'

/** Builds that do not change stay the same objects: events have thousands of builds, and changes concern a few. */
export function applyChanges(event: EventFacts, changes: readonly Change[]): EventFacts {
  if (changes.length === 0) return event
  const byBuild = new Map<number, BuildChange[]>()
  let { state } = event
  for (const change of changes) {
    if (change.target === 'event') state = change.to
    else byBuild.set(change.id, [...(byBuild.get(change.id) ?? []), change])
  }
  const builds = event.builds.map((build) => byBuild.get(build.id)?.reduce(changeBuild, build) ?? build)
  return { ...event, state, builds }
}

function changeBuild(before: BuildFacts, { to, reason, patch }: BuildChange): BuildFacts {
  return {
    ...before,
    state: to,
    stateReason: reason,
    taskId: patch.taskId ?? before.taskId,
    retryCount: patch.retryCount ?? before.retryCount,
  }
}
