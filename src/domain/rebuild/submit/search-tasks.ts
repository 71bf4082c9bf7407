/** Searches for the task of an interrupted submission among tasks of which some cannot be read (behaviour/freshmaker 8.1). */

/** A task as far as it can be read; undefined: cannot be read. A task without a release has null. */
type KnownTask = { id: number | undefined; source: string | undefined; release: string | null | undefined }

/**
 * `found`: the task with this source and release. `possible`: tasks that cannot be ruled out, as what can be read of
 * them does not differ; submitting again while there is one might make a second task.
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
