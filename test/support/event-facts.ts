/** Events and builds as the state machine sees them, and a small database that keeps what it answers. */
import type {
  BuildFacts,
  EventFacts,
  Fact,
  Outcome,
  RetryRules,
} from '../../src/domain/rebuild/transition/facts.ts'
import { transition } from '../../src/domain/rebuild/transition/state-machine.ts'

/** The default rules: three tries, the second at once, the third after a minute. */
export const RULES: RetryRules = { maxTries: 3, retryDelaysS: [0, 60] }

/** A planned build without parent; the id is the only thing a test must choose. */
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

/** A build whose task `id * 100` runs in Koji. */
export function running(id: number, over: Partial<BuildFacts> = {}): BuildFacts {
  return build(id, { state: 'BUILD', taskId: id * 100, ...over })
}

/** An event of advisory 123 that is BUILDING. */
export function eventOf(builds: BuildFacts[], over: Partial<EventFacts> = {}): EventFacts {
  return { id: 1, type: 10, state: 'BUILDING', searchKey: '123', builds, ...over }
}

/** The event after the changes were written, as a database would have it. */
export function written(event: EventFacts, { changes }: Outcome): EventFacts {
  let state = event.state
  const builds = new Map(event.builds.map((one) => [one.id, one]))
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

/** Applies facts one after the other; what is ignored changes nothing. */
export function afterFacts(event: EventFacts, ...facts: Fact[]): EventFacts {
  return facts.reduce((now, fact) => written(now, transition(now, fact, RULES)), event)
}

/** `id: from -> to` of each change, for short expectations. */
export function steps({ changes }: Outcome): string[] {
  return changes.map((change) =>
    change.target === 'event'
      ? `event: ${change.from} -> ${change.to}`
      : `${change.id}: ${change.from} -> ${change.to}`,
  )
}

/** The reason a build was given, `undefined` if it was not changed. */
export function reasonOf({ changes }: Outcome, id: number | 'event'): string | null | undefined {
  return changes.findLast((change) => (change.target === 'event' ? 'event' : change.id) === id)?.reason
}
