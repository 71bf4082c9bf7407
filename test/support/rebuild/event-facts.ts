/** Events and builds as the state machine sees them, and functions that apply its changes as the database would. */
import type {
  BuildFacts,
  EventFacts,
  Fact,
  Outcome,
  RetryRules,
} from '../../../src/domain/rebuild/transition/facts.ts'
import { transition } from '../../../src/domain/rebuild/transition/state-machine.ts'

/** The default rules: three tries, the second immediately, the third after a minute. */
export const RULES: RetryRules = { maxAttempts: 3, retryDelaysS: [0, 60] }

/** A planned build without a parent. */
export function build(id: number, over: Partial<BuildFacts> = {}): BuildFacts {
  return {
    id,
    originalNvr: `image-${id}-1-1`,
    state: 'PLANNED',
    stateReason: null,
    depOnId: null,
    taskId: null,
    retryCount: 0,
    composeIds: [],
    ...over,
  }
}

/** A build whose task `id * 100` is running in Koji. */
export function running(id: number, over: Partial<BuildFacts> = {}): BuildFacts {
  return build(id, { state: 'BUILD', taskId: id * 100, ...over })
}

/** An event of advisory 123 that is BUILDING. */
export function eventOf(builds: BuildFacts[], over: Partial<EventFacts> = {}): EventFacts {
  return { id: 1, type: 10, state: 'BUILDING', searchKey: '123', builds, ...over }
}

/** The event with the changes written, as the database would return it. */
export function written(event: EventFacts, { changes }: Outcome): EventFacts {
  let state = event.state
  const builds = new Map(event.builds.map((known) => [known.id, known]))
  for (const change of changes) {
    if (change.target === 'event') {
      state = change.to
      continue
    }
    const before = builds.get(change.id)
    if (!before) throw new Error(`change of an unknown build ${change.id}`)
    builds.set(change.id, {
      ...before,
      state: change.to,
      stateReason: change.reason,
      taskId: change.patch.taskId ?? before.taskId,
      retryCount: change.patch.retryCount ?? before.retryCount,
    })
  }
  return { ...event, state, builds: [...builds.values()] }
}

/** Applies facts in order; ignored facts change nothing. */
export function afterFacts(event: EventFacts, ...facts: Fact[]): EventFacts {
  return facts.reduce((now, fact) => written(now, transition(now, fact, RULES)), event)
}

/** `id: from -> to` for each change, to keep expectations short. */
export function steps({ changes }: Outcome): string[] {
  return changes.map((change) =>
    change.target === 'event'
      ? `event: ${change.from} -> ${change.to}`
      : `${change.id}: ${change.from} -> ${change.to}`,
  )
}

/** The new reason of a build or the event, `undefined` if it was not changed. */
export function reasonOf({ changes }: Outcome, id: number | 'event'): string | null | undefined {
  return changes.findLast((change) => (change.target === 'event' ? 'event' : change.id) === id)?.reason
}
