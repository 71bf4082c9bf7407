/** Finds the tasks that were submitted for a build after the moment to which its database was restored (decision 0063). Pure. */

import { rebuiltNvr, secondOfRebuild, tryParseNvr } from '../images/nvr.ts'
import type { ContainerRequest } from './container-request.ts'
import { CLOCK_SKEW_MS } from './search-tasks.ts'

/** A task as far as it can be read; undefined: cannot be read. */
export type FoundTask = {
  id: number | undefined
  source: string | undefined
  release: string | null | undefined
  target: unknown
  opts: Readonly<Record<string, unknown>> | undefined
  createdAt: Date | undefined
}

/** A build whose tasks are looked for. */
export type WantedBuild = {
  /** What would be sent now. */
  request: ContainerRequest
  originalNvr: string
  /** `rebuilt_nvr_release_suffix` */
  suffix: string
  /** Tasks created before are known to the database, or were built without the fix. */
  since: Date
  /** The advisory has shipped: composes made since have the fix, so a different compose id does not matter. */
  isShipped: boolean
}

/** A task of a build, with the name that it was submitted under. */
export type LostTask = { id: number; nvr: string }

/**
 * `tasks`: those requested exactly like `request`, apart from the second in the release, oldest first. `doubtful`: tasks that match
 * as far as they can be read.
 */
export function lostTasks(
  all: readonly FoundTask[],
  wanted: WantedBuild,
): { tasks: LostTask[]; doubtful: FoundTask[] } {
  const tasks: LostTask[] = []
  const doubtful: FoundTask[] = []
  for (const task of all) {
    const nvr = nvrOf(task, wanted)
    if (nvr === null || !isLike(task, wanted)) continue
    if (task.id === undefined || nvr === undefined || !task.source || !task.opts || !task.createdAt)
      doubtful.push(task)
    else if (task.createdAt >= wanted.since) tasks.push({ id: task.id, nvr })
  }
  return { tasks: tasks.sort((a, b) => a.id - b.id), doubtful }
}

/** The rebuild's name; null: not one that was made for this image since. */
function nvrOf(
  { release }: FoundTask,
  { originalNvr, suffix, since }: WantedBuild,
): string | null | undefined {
  if (release === undefined) return undefined
  const original = tryParseNvr(originalNvr)
  if (release === null || !original) return null
  const nvr = `${original.name}-${original.version}-${release}`
  const second = secondOfRebuild(nvr)
  if (second === null || second * 1000 < since.getTime() - CLOCK_SKEW_MS) return null
  return rebuiltNvr(originalNvr, second, suffix) === nvr ? nvr : null
}

/** Whether the readable parts of a request equal what would be sent. */
function isLike({ source, target, opts }: FoundTask, { request, isShipped }: WantedBuild): boolean {
  if (source !== undefined && source !== request.source) return false
  if (source !== undefined && target !== request.target) return false
  return opts === undefined || comparable(opts, isShipped) === comparable(request.opts, isShipped)
}

function comparable(opts: Readonly<Record<string, unknown>>, isShipped: boolean): string {
  const ignored = isShipped ? ['release', 'compose_ids'] : ['release']
  const compared = Object.entries(opts).filter(([name]) => !ignored.includes(name))
  return JSON.stringify(compared.sort(([a], [b]) => (a < b ? -1 : 1)))
}
