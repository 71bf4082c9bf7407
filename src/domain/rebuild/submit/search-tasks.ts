/** Searches for the task of an interrupted submission although some tasks cannot be read (behaviour/freshmaker 8.1). */

/** How far the build system's clock, which its tasks carry, may differ from ours, which the names of rebuilds carry. */
export const CLOCK_SKEW_MS = 3_600_000

/** A task as far as it can be read; undefined: cannot be read. A task without a release has null. */
type KnownTask = { id: number | undefined; source: string | undefined; release: string | null | undefined }

/**
 * `found`: the task with this source and release. `possible`: tasks whose readable parts match, so they cannot be ruled out;
 * submitting again while there is one might create a second task.
 */
export function searchTasks<T extends KnownTask>(
  tasks: readonly T[],
  wanted: { source: string; release: string },
): { found: number | undefined; possible: T[] } {
  const possible = tasks.filter(
    ({ source, release }) =>
      (source === undefined || source === wanted.source) &&
      (release === undefined || release === wanted.release),
  )
  const found = possible.find(
    ({ id, source, release }) => id !== undefined && source !== undefined && release !== undefined,
  )
  return { found: found?.id, possible: found ? [] : possible }
}
