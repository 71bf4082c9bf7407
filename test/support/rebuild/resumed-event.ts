/** Resumes events of a running pipeline, and checks what a resumed event must never do. */
import { expect } from 'vitest'
import { type Resumed, type ResumeRequest, resumeEvent } from '../../../src/commands/resume-event.ts'
import type { Context } from '../../../src/context.ts'
import { TEST_ORIGIN } from '../api/origin.ts'
import type { EndedEvent } from '../database/events.ts'
import { duplicateKeys } from '../lab/hub-tasks.ts'
import type { TestWorld } from '../lab/world.ts'

/** Resumes a whole event, unless `over` names some of its builds. */
export function resume(ctx: Context, eventId: number, over: Partial<ResumeRequest> = {}): Promise<Resumed> {
  return resumeEvent(ctx, {
    eventId,
    buildIds: [],
    requester: null,
    origin: TEST_ORIGIN,
    reason: null,
    ...over,
  })
}

/** The same, but throws when it is refused; returns the id of the new event. */
export async function resumeNow(ctx: Context, eventId: number): Promise<number> {
  const resumed = await resume(ctx, eventId)
  if ('refused' in resumed) throw new Error(resumed.refused.text)
  return resumed.eventId
}

type Opts = { release?: string; koji_parent_build?: string }

/**
 * Nothing that is DONE in `old` is built in `event`, each of its builds was submitted on the rebuild of its parent, and no
 * try was submitted twice.
 */
export function expectProperlyResumed({ lab }: TestWorld, old: EndedEvent, event: EndedEvent): void {
  const done = new Map(
    old.builds.filter(({ state }) => state === 'DONE').map((build) => [build.originalNvr, build]),
  )
  const parentOf = new Map(
    old.builds.map(({ originalNvr, depOnId }) => [originalNvr, old.builds.find(({ id }) => id === depOnId)]),
  )
  for (const build of event.builds) {
    expect(done.has(build.originalNvr)).toBe(false)
    const oldParent = parentOf.get(build.originalNvr)
    const parent =
      event.builds.find(({ id }) => id === build.depOnId) ?? done.get(oldParent?.originalNvr ?? '')
    expect(parent?.originalNvr).toBe(oldParent?.originalNvr)
    const opts = lab.world.koji.tasks.get(build.taskId ?? 0)?.request[2] as Opts | undefined // what was submitted
    if (parent) expect(opts?.koji_parent_build).toBe(parent.rebuiltNvr)
  }
  expect(duplicateKeys(lab)).toEqual([])
}
