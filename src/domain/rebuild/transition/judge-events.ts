/** Judges the facts about a whole event: its plan, its composes, its failure. */

import { isTerminalBuildState } from '../states.ts'
import { buildText } from '../texts.ts'
import { endWithDescendants } from './cascade.ts'
import { startOf } from './completion.ts'
import type { BuildFacts } from './facts.ts'
import { hasEnded, type Judge } from './judge.ts'

/** The builds are stored: the event starts, or ends immediately when there is nothing to build. */
export const judgePlanRecorded: Judge<'plan-recorded'> = (event, { whenEmpty, resumes }) => {
  if (event.state !== 'INITIALIZED') return `The plan is already recorded: the event is ${event.state}`
  const done = new Set(event.builds.filter((build) => build.state === 'DONE').map((build) => build.id))
  const ready = event.builds.filter(
    (build) => build.state === 'PLANNED' && (build.depOnId === null || done.has(build.depOnId)),
  )
  return { event: startOf(event, whenEmpty, resumes), wake: ready.map((build) => build.id) }
}

/** A compose failed: builds that wait for it cannot start (those that run or are done have already used it). */
export const judgeComposeFailed: Judge<'compose-failed'> = (event, { composeId }) => {
  if (hasEnded(event)) return `The event is ${event.state}`
  const waiting = event.builds.filter(
    (build) => build.state === 'PLANNED' && build.composeIds.includes(composeId),
  )
  if (waiting.length === 0) return `No planned build waits for compose ${composeId}`
  const reason = buildText.composeFailed(composeId)
  return { builds: endWithDescendants(event.builds, waiting, { to: 'FAILED', reason }) }
}

/** The event needs no rebuild, which is a regular end. */
export const judgeSkipped: Judge<'event-skipped'> = (event, { reason }) => {
  if (event.builds.some(isOpen)) return 'The event has unfinished builds and cannot be skipped'
  return { event: { to: 'SKIPPED', reason } }
}

/**
 * Handling failed: unfinished builds end with the event, all with its reason (behaviour/freshmaker 6.1). Not once the plan is
 * recorded, perhaps by another run of the same job: tasks may run that nothing would follow.
 */
export const judgeEventFailed: Judge<'event-failed'> = (event, { reason }) => {
  if (event.state !== 'INITIALIZED') return `The event is already ${event.state}`
  const changes = endWithDescendants(event.builds, event.builds.filter(isOpen), { to: 'FAILED', reason })
  return { builds: changes.map((change) => ({ ...change, reason })), event: { to: 'FAILED', reason } }
}

const isOpen = ({ state }: BuildFacts) => !isTerminalBuildState(state)
