/** The definition of a bench: it measures in its own environment and reports each result as a ratio or a growth. */

/** One result. The measured number depends on the machine; `compared` can be compared between machines. */
export type Line = {
  what: string
  /** The measured number, with its unit. */
  measured: string
  /** The number as a ratio to, or a growth from, another one measured in the same run. */
  compared: string
  target?: { text: string; met: boolean }
  /** Unrounded numbers; each name ends in the unit (`p95Ms`, `peakRssBytes`, `perSecond`). */
  raw: Record<string, number>
  /** Details for `--calls`, one line each. */
  calls?: readonly string[]
}

/** Provides the resources of a bench; they are released at the end of the bench, in reverse order. */
export type Stage = {
  /** Registers how to release `part`, also when the bench fails or is interrupted. */
  keep<T>(part: T, end: (part: T) => unknown): T
  /** Creates an empty database, dropped at the end, and returns its address. */
  newDatabase(): Promise<string>
  /** Creates an empty folder, removed at the end, and returns its path; other users can read it. */
  newFolder(): string
  /** The available queue stores: always PostgreSQL, and Redis if it is installed. */
  queueStores(): Promise<QueueStoreChoice[]>
  /** The queue store for production, Redis; PostgreSQL if Redis is not installed. */
  productionStore(): Promise<QueueStoreChoice>
}

/** `env` has the settings that select the store. */
export type QueueStoreChoice = { name: string; env: Record<string, string> }

/** A bench as `main.ts` runs it. */
export type Bench = {
  /** The name for `--only`. */
  name: string
  /** The meaning of the numbers, in one line. */
  explains: string
  run(stage: Stage): Promise<Line[]>
}
