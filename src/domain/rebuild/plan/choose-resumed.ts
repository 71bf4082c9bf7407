/** Decides whether an ended event can be resumed, and which of its builds are planned again (decision 0016). */
import type { EventState } from '../../event.ts'
import { type BuildState, isTerminalEventState } from '../states.ts'
import { resumeText } from '../texts.ts'

/** A build of the ended event; DONE also when a later event of the same advisory has rebuilt its image. */
export type EndedBuild = { id: number; state: BuildState; depOnId: number | null }

/** What the decision depends on. */
export type ResumeFacts = {
  event: { id: number; state: EventState; searchKey: string }
  /** An event with the same search key that has not ended, and the one it resumes. */
  open: { id: number; resumes: number | null } | undefined
  builds: readonly EndedBuild[]
  /** Ids of the builds to restrict the resumption to; empty: all that failed. */
  named: readonly number[]
}

/** Why an event is not resumed. `eventId`: the event that is open instead. */
export type ResumeRefusal = {
  kind: 'unknown-event' | 'not-ended' | 'open' | 'unknown-build' | 'build-done' | 'nothing-left'
  text: string
  eventId?: number
}

/** Stored with the new event: the builds it plans again (empty: discovery starts over), and the caller's reason. */
export type Resumption = { builds: number[]; reason: string | null }

/** Ids of the builds to plan again; none for an event that ended without builds, whose discovery starts over. */
export function judgeResume({
  event,
  open,
  builds,
  named,
}: ResumeFacts): { builds: number[] } | ResumeRefusal {
  if (!isTerminalEventState(event.state))
    return { kind: 'not-ended', text: resumeText.notEnded(event.id, event.state) }
  if (open) {
    const isThis = open.resumes === event.id
    const text = isThis
      ? resumeText.alreadyOpen(event.id, open.id)
      : resumeText.advisoryOpen(event.searchKey, open.id)
    return { kind: 'open', text, eventId: open.id }
  }
  const states = new Map(builds.map(({ id, state }) => [id, state]))
  for (const id of named) {
    const state = states.get(id)
    if (!state) return { kind: 'unknown-build', text: resumeText.unknownBuild(event.id, id) }
    if (state === 'DONE') return { kind: 'build-done', text: resumeText.buildDone(id) }
  }
  if (builds.length === 0 && event.state !== 'COMPLETE') return { builds: [] }
  const chosen = chooseBuilds(builds, named)
  if (chosen.length > 0) return { builds: chosen }
  const count = (counted: BuildState) => builds.filter(({ state }) => state === counted).length
  return {
    kind: 'nothing-left',
    text: resumeText.nothingLeft(event.id, count('DONE'), count('CANCELED')),
  }
}

/**
 * The builds to plan again, in the order of `builds`: the named ones, else all that are FAILED and not built on a CANCELED
 * one. With them come the parents they need and everything that is built on any of these. DONE builds are never chosen,
 * and CANCELED ones only if they are named or connected with one that is chosen. Linear.
 */
export function chooseBuilds(builds: readonly EndedBuild[], named: readonly number[]): number[] {
  const byId = new Map(builds.map((build) => [build.id, build]))
  const children = Map.groupBy(builds, (build) => build.depOnId)
  const roots = named.length > 0 ? named : failedIds(builds, children)
  const chosen = new Set<number>()
  const open = [...roots]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const build = byId.get(id)
    if (!build || build.state === 'DONE' || chosen.has(id)) continue
    chosen.add(id)
    if (build.depOnId !== null) open.push(build.depOnId)
    for (const child of children.get(id) ?? []) open.push(child.id)
  }
  return builds.flatMap(({ id }) => (chosen.has(id) ? [id] : []))
}

/** Ids of FAILED builds; what is built on a CANCELED build would need that build, so it waits until one is named. */
function failedIds(
  builds: readonly EndedBuild[],
  children: ReadonlyMap<number | null, readonly EndedBuild[]>,
): number[] {
  const held = new Set<number>()
  const open = builds.filter(({ state }) => state === 'CANCELED')
  for (let build = open.pop(); build; build = open.pop()) {
    if (held.has(build.id)) continue
    held.add(build.id)
    open.push(...(children.get(build.id) ?? []).filter(({ state }) => state !== 'DONE'))
  }
  return builds.flatMap(({ id, state }) => (state === 'FAILED' && !held.has(id) ? [id] : []))
}
