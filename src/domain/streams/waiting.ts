/** The streams that wait for changes, by the groups they wait for: a change finds its streams without looking at the others. */
import type { Change, Filter } from './change.ts'

/** Streams by group; `S` is a stream. */
export type Waiting<S> = {
  add(filter: Filter, stream: S): void
  remove(filter: Filter, stream: S): void
  /** The streams that at least one of the changes is for. */
  concerned(changes: readonly Change[]): ReadonlySet<S>
}

/** No streams yet. */
export function createWaiting<S>(): Waiting<S> {
  const byKey = new Map<string, Map<S, Filter>>()

  return {
    add: (filter, stream) => {
      for (const key of filter.under) {
        const group = byKey.get(key)
        if (group) group.set(stream, filter)
        else byKey.set(key, new Map([[stream, filter]]))
      }
    },
    remove: (filter, stream) => {
      for (const key of filter.under) {
        const group = byKey.get(key)
        group?.delete(stream)
        if (group?.size === 0) byKey.delete(key)
      }
    },
    concerned: (changes) => {
      const found = new Set<S>()
      for (const change of changes)
        for (const key of change.keys)
          for (const [stream, { accepts }] of byKey.get(key) ?? []) if (accepts(change)) found.add(stream)
      return found
    },
  }
}
