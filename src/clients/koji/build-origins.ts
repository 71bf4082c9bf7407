/** Reads source and creation time of many builds at once (behaviour/greenwave 4.2). */
import type { BatchResult } from '../../lib/async/batch.ts'
import { calls } from './hub/calls.ts'
import { readMany } from './hub/checked.ts'
import { KojiFault } from './hub/fault.ts'
import type { Reads } from './hub/reads.ts'
import { type BuildOrigin, buildOriginSchema } from './schema.ts'

/** Origins by NVR; null, or missing from the map: the build does not exist. */
export type BuildOrigins = Map<string, BatchResult<BuildOrigin | null>>

/** Texts that can be a build name. NVRs come from outside requests, and some could not even be encoded as XML. */
const SENDABLE = /^[\x21-\x7e]+$/

/**
 * A fault for one NVR does not affect the others; a fault of the whole request applies to each of them. Rejects with
 * `UpstreamError` when the hub cannot be reached.
 */
export async function readBuildOrigins(
  reads: Reads,
  nvrs: readonly string[],
  signal: AbortSignal,
): Promise<BuildOrigins> {
  const sendable = new Set(nvrs.filter((nvr) => SENDABLE.test(nvr)))
  try {
    return new Map(await readMany(reads, [...sendable], calls.build, buildOriginSchema, signal))
  } catch (error) {
    if (!(error instanceof KojiFault)) throw error
    return new Map([...sendable].map((nvr) => [nvr, { ok: false as const, error }]))
  }
}
