/**
 * The state machine of an event and its builds: facts in, changes out, nothing else. Facts may arrive repeatedly and in
 * any order: terminal states are never left, and an event ends when all its builds have ended.
 */
import type { EventState } from '../../event.ts'
import { eventMayBecome } from '../states.ts'
import { applyChanges } from './apply-changes.ts'
import { type EventEnd, endOf } from './completion.ts'
import type { BuildChange, Change, EventChange, EventFacts, Fact, Outcome, RetryRules } from './facts.ts'
import type { FactKind, Judge } from './judge.ts'
import * as cancel from './judge-cancel.ts'
import * as events from './judge-events.ts'
import * as tasks from './judge-tasks.ts'

const JUDGES: { [K in FactKind]: Judge<K> } = {
  'plan-recorded': events.judgePlanRecorded,
  'task-submitted': tasks.judgeSubmitted,
  'submission-refused': tasks.judgeRefused,
  'task-closed': tasks.judgeClosed,
  'task-failed': tasks.judgeFailed,
  'task-canceled': tasks.judgeCanceled,
  'task-lost': tasks.judgeLost,
  'cancel-gave-up': cancel.judgeCancelGaveUp,
  'compose-failed': events.judgeComposeFailed,
  cancel: cancel.judgeCancel,
  'event-skipped': events.judgeSkipped,
  'event-failed': events.judgeEventFailed,
  recheck: () => ({}),
}

/**
 * Applies one fact to an event. Pure: the caller holds the lock on the event, writes the changes and sends the
 * messages. Safe to repeat: a fact that was applied before is ignored.
 */
export function transition(event: EventFacts, fact: Fact, rules: RetryRules): Outcome {
  const judge = JUDGES[fact.kind] as Judge<FactKind> // sound: the table pairs each kind with its judge
  const judgement = judge(event, fact, rules)
  if (typeof judgement === 'string') return ignore(judgement)
  const { builds = [], wake = [], cancelTasks = [] } = judgement
  const eventChanges = eventChangesOf(event, builds, judgement.event)
  if (typeof eventChanges === 'string') return ignore(eventChanges)
  const changes: Change[] = [...builds, ...eventChanges]
  return changes.length > 0 ? { changes, wake, cancelTasks } : ignore('Nothing to change')
}

/** The changes of the event: the one that the fact requests, then its completion if no build is left open. */
function eventChangesOf(
  event: EventFacts,
  builds: BuildChange[],
  requested?: EventEnd,
): EventChange[] | string {
  const changes: EventChange[] = []
  let state: EventState = event.state
  if (requested) {
    if (!eventMayBecome(state, requested.to))
      return `An event in state ${state} cannot become ${requested.to}`
    changes.push({ target: 'event', from: state, ...requested })
    state = requested.to
  }
  const mayEnd = state === 'BUILDING' && !isAnotherOpen(event, builds)
  const end = mayEnd ? endOf(applyChanges(event, builds)) : null
  if (end) changes.push({ target: 'event', from: state, ...end })
  return changes
}

/** Whether a build that does not change is open; this stops at the first, so that most facts do not need `endOf`. */
function isAnotherOpen(event: EventFacts, changes: readonly BuildChange[]): boolean {
  const ids = new Set(changes.map(({ id }) => id))
  return event.builds.some(({ id, state }) => (state === 'PLANNED' || state === 'BUILD') && !ids.has(id))
}

const ignore = (reason: string): Outcome => ({ changes: [], wake: [], cancelTasks: [], ignored: reason })
