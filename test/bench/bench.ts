/** What a bench is: it measures on a stage of its own and tells each result as a ratio or a growth. */

/** One result. Its absolute number depends on the machine; `compared` is what may be compared between machines. */
export type Line = {
  what: string
  /** The number itself, with its unit. */
  measured: string
  /** The same as a ratio to, or a growth from, something measured in the same run. */
  compared: string
  target?: { text: string; met: boolean }
  /** Unrounded numbers; the unit is the end of the name (`p95Ms`, `peakRssBytes`, `perSecond`). */
  raw: Record<string, number>
}

/** Where a bench gets what it needs; everything on it ends with the bench, in reverse order. */
export type Stage = {
  /** Registers how `part` ends, also when the bench fails or is interrupted. */
  keep<T>(part: T, end: (part: T) => unknown): T
  /** Address of a new, empty database; it is dropped at the end. */
  newDatabase(): Promise<string>
  /** Where queues can live here: PostgreSQL always, Redis where it is installed. */
  queueStores(): Promise<QueueStoreChoice[]>
}

/** `env` holds the settings that choose the store. */
export type QueueStoreChoice = { name: string; env: Record<string, string> }

/** A bench as `main.ts` runs it. */
export type Bench = {
  /** For `--only`. */
  name: string
  /** One line: what the numbers mean. */
  explains: string
  run(stage: Stage): Promise<Line[]>
}
