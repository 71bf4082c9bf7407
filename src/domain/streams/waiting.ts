/** The streams that wait for changes, indexed by group, so that a change is not compared with every stream. */
import type { StreamChange, StreamFilter } from './change.ts'

/** The index; `S` is a stream. */
export type WaitingStreams<S> = {
  add(filter: StreamFilter, stream: S): void
  remove(filter: StreamFilter, stream: S): void
  /** The streams that at least one of the changes is for. */
  streamsFor(changes: readonly StreamChange[]): ReadonlySet<S>
}

/** An empty index. */
export function createWaitingStreams<S>(): WaitingStreams<S> {
  const byGroup = new Map<string, Map<S, StreamFilter>>()

  return {
    add: (filter, stream) => {
      for (const group of filter.groups) {
        const waiting = byGroup.get(group)
        if (waiting) waiting.set(stream, filter)
        else byGroup.set(group, new Map([[stream, filter]]))
      }
    },
    remove: (filter, stream) => {
      for (const group of filter.groups) {
        const waiting = byGroup.get(group)
        waiting?.delete(stream)
        if (waiting?.size === 0) byGroup.delete(group)
      }
    },
    streamsFor: (changes) => {
      const found = new Set<S>()
      for (const change of changes)
        for (const group of change.groups)
          for (const [stream, { accepts }] of byGroup.get(group) ?? []) if (accepts(change)) found.add(stream)
      return found
    },
  }
}
