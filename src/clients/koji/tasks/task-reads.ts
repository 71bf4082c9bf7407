/** The reads for a task that may have ended: its outcome, the build that it produced, and the contents of that build. */
import { isOfThing } from '../../../lib/errors.ts'
import type { HttpClient } from '../../../lib/http/client.ts'
import { cacheFinal } from '../hub/cache-final.ts'
import { calls } from '../hub/calls.ts'
import { readOne } from '../hub/checked.ts'
import { FAULT, isFault } from '../hub/fault.ts'
import type { Reads } from '../hub/reads.ts'
import { type RpmList, readArchives, readListedRpms, readMetadataRpms } from '../image-contents.ts'
import { buildSchema, type KojiBuild } from '../schemas/builds.ts'
import type { ImageArchives } from '../schemas/contents.ts'
import { scratchSchema } from '../schemas/tasks.ts'
import { readTaskOutcome, type TaskOutcome } from './task-outcome.ts'

/** All join lookups of other callers, reject with `KojiFault` or `UpstreamError`, and are safe to repeat. */
export type TaskReads = {
  /** `null`: unknown build, or the text is not an NVR. A thousand builds may be submitted or verified at about the same time. */
  getBuild(nvrOrId: string | number): Promise<KojiBuild | null>
  /** The same; one that was complete some seconds ago is not looked up again. */
  recentBuild(nvrOrId: string | number): Promise<KojiBuild | null>
  /** `release`: the one that the task was requested with, if it is to be compared. */
  taskOutcome(taskId: number, release?: string): Promise<TaskOutcome>
  /** Whether the task was requested as a scratch build; false when its request cannot be read. */
  isScratch(taskId: number): Promise<boolean>
  /** Over all architectures, as the hub lists them. */
  listedRpms(kojiBuildId: number): Promise<RpmList>
  /** Whether the address of the hub's files is known; without it `metadataRpms` is never possible. */
  hasFiles: boolean
  /** The same from the build's own metadata file, which is whole where the hub's list is not (behaviour/koji 6). */
  metadataRpms(nvr: string): Promise<RpmList>
  /** Starts the first reads of `recentBuild` and `listedRpms`, for an image that will probably need both. */
  prefetchImage(kojiBuildId: number): void
}

/** `files`: the server of the hub's files, when its address is known. */
export function createTaskReads(
  reads: Pick<Reads, 'one' | 'oneLong' | 'report'>,
  files: HttpClient | undefined,
): TaskReads {
  async function getBuild(nvrOrId: string | number): Promise<KojiBuild | null> {
    try {
      return await readOne(reads, calls.build(nvrOrId), buildSchema)
    } catch (error) {
      if (isFault(error, FAULT.generic)) return null
      throw error
    }
  }

  const recentBuild = cacheFinal(getBuild, (build) => build?.state === 'COMPLETE')
  const recentArchives = cacheFinal((id: number) => readArchives(reads, id), isWhole)

  return {
    getBuild,
    recentBuild,
    taskOutcome: (taskId, release) => readTaskOutcome(reads, taskId, release),
    isScratch: async (taskId) => {
      try {
        return await readOne(reads, calls.taskRequest(taskId), scratchSchema)
      } catch (error) {
        if (isOfThing(error)) return false
        throw error
      }
    },
    hasFiles: files !== undefined,
    listedRpms: (kojiBuildId) => readListedRpms(reads, () => recentArchives(kojiBuildId)),
    metadataRpms: (nvr) => readMetadataRpms(reads, files, nvr),
    prefetchImage: (kojiBuildId) => {
      recentBuild(kojiBuildId).catch(() => undefined)
      recentArchives(kojiBuildId).catch(() => undefined)
    },
  }
}

/** An import makes all archives of an image at once, so none comes later. */
function isWhole({ read, unreadable }: ImageArchives): boolean {
  return read.length > 0 && unreadable.length === 0
}
