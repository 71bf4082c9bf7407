/** Reads where and when builds were made, for many at once (behaviour/greenwave 4.2). */
import type { BatchResult } from '../../lib/async/batch.ts'
import type { Behalf } from '../../lib/http/behalf.ts'
import { calls } from './hub/calls.ts'
import { readMany } from './hub/checked.ts'
import { KojiFault } from './hub/fault.ts'
import type { Reads } from './hub/reads.ts'
import { type BuildOrigin, buildOriginSchema } from './schemas/builds.ts'

/** By NVR; null, or missing from the map: unknown build. */
export type BuildOrigins = Map<string, BatchResult<BuildOrigin | null>>

/** What can be the name of a build; other texts come from outside, and some of them cannot even be sent as XML. */
const SENDABLE = /^[\x21-\x7e]+$/

/**
 * A fault about one NVR does not affect the others; a fault of the whole request counts for each. Rejects with `UpstreamError` when
 * the hub cannot be reached.
 */
export async function readBuildOrigins(
  reads: Reads,
  nvrs: readonly string[],
  behalf: Behalf,
): Promise<BuildOrigins> {
  const sendable = new Set(nvrs.filter((nvr) => SENDABLE.test(nvr)))
  try {
    return new Map(await readMany(reads, [...sendable], calls.build, buildOriginSchema, behalf))
  } catch (error) {
    if (!(error instanceof KojiFault)) throw error
    return new Map([...sendable].map((nvr) => [nvr, { ok: false as const, error }]))
  }
}
