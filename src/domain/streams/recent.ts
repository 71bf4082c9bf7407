/** The newest changes, kept once for all streams of a process; a stream remembers only how far it has read. */
import type { StreamChange } from './change.ts'

/** A place in the order of all messages; `change` is null for one that no stream reports. */
export type Entry = { position: number; change: StreamChange | null }

/** Consecutive entries up to the newest, bounded in number and bytes. */
export type RecentEntries = {
  /** Adds entries in order of position; a hole before one drops everything older. */
  add(entries: readonly Entry[]): void
  /** Whether everything behind `position` is still there. */
  reaches(position: number): boolean
  /** The entries behind a position that `reaches` accepts. */
  after(position: number): readonly Entry[]
  /** The position of the newest entry. */
  newest(): number
}

/** No entries yet, starting at `position`. The newest entry is kept even if it alone exceeds the limit on bytes. */
export function createRecentEntries(
  position: number,
  limits: { maxEntries: number; maxBytes: number },
): RecentEntries {
  let entries: Entry[] = []
  let newest = position
  let bytes = 0
  const oldest = () => newest - entries.length // the position before the first entry

  function trim(): void {
    let excess = 0
    while (
      excess < entries.length - 1 &&
      (entries.length - excess > limits.maxEntries || bytes > limits.maxBytes)
    ) {
      bytes -= sizeOf(entries[excess])
      excess += 1
    }
    entries.splice(0, excess)
  }

  return {
    add: (added) => {
      for (const entry of added) {
        if (entry.position !== newest + 1) {
          entries = []
          bytes = 0
        }
        entries.push(entry)
        newest = entry.position
        bytes += sizeOf(entry)
      }
      trim()
    },
    reaches: (from) => from >= oldest(),
    newest: () => newest,
    after: (from) => entries.slice(Math.max(0, from - oldest())),
  }
}

function sizeOf(entry: Entry | undefined): number {
  return entry?.change?.frame.byteLength ?? 0
}
