/** Finds which builds of an event have to be read to judge facts: reading a large event as a whole for each build would be slow. */
import type { Fact } from './facts.ts'
import type { FactKind, FactOf } from './judge.ts'

/** `near`: the build with its parent and its children; `below`: with all its descendants too; `all`: the whole event. */
type Reach = 'near' | 'below' | 'all'

const REACHES: { [K in FactKind]: Reach | ((fact: FactOf<K>) => Reach) } = {
  'plan-recorded': 'all',
  'task-submitted': 'near',
  'submission-refused': 'below',
  'task-closed': ({ verification }) => (verification.ok ? 'near' : 'below'),
  'task-failed': 'below',
  'task-canceled': 'below',
  'task-lost': 'below',
  'cancel-gave-up': 'near',
  'compose-failed': 'all',
  cancel: 'all',
  'event-skipped': 'all',
  'event-failed': 'all',
  recheck: 'all',
}

/** Ids of the builds that facts are about, by what their judges look at around them. */
export type Scope = { near: readonly number[]; below: readonly number[] }

/**
 * The builds that judging the facts has to read; null: the whole event. Whether any other build is still open is always needed too,
 * since that keeps the event from ending. Pure.
 */
export function scopeOf(facts: readonly Fact[]): Scope | null {
  const scope = { near: [] as number[], below: [] as number[] }
  for (const fact of facts) {
    const entry = REACHES[fact.kind]
    const reach = typeof entry === 'function' ? (entry as (fact: Fact) => Reach)(fact) : entry // the entry of this very kind
    const isPart = reach === 'near' || reach === 'below' // a newer version may have stored another kind
    if (!isPart || !('buildId' in fact)) return null
    scope[reach].push(fact.buildId)
  }
  return scope
}
