/** The RPMs that builds consist of. */
import { isOdd } from '../../lib/errors.ts'
import { calls } from './hub/calls.ts'
import { checked } from './hub/checked.ts'
import { KojiFault } from './hub/fault.ts'
import type { Reads } from './hub/reads.ts'
import { type KojiRpms, rpmsSchema } from './schemas/contents.ts'

type LongReads = Pick<Reads, 'oneLong' | 'report'>

/**
 * By NVR of the RPM; a sub-package may have another epoch than its source package. Missing: those that cannot be read, and those
 * of builds that the hub lists no RPMs of (a module has none of its own), or whose list cannot be read. Rejects when the hub or our
 * account is in trouble.
 */
export async function readRpmEpochs(
  reads: LongReads,
  buildIds: readonly number[],
): Promise<ReadonlyMap<string, number>> {
  const lists = await Promise.all(buildIds.map((id) => listOf(reads, id)))
  return new Map(
    lists.flatMap(({ read }) =>
      read.flatMap(({ name, version, release, epoch }) =>
        epoch === null ? [] : [[`${name}-${version}-${release}`, epoch] as const],
      ),
    ),
  )
}

/** Distinct names of all RPMs of the builds, also of those that nothing ships; as far as they can be read. Rejects as above. */
export async function readRpmNames(
  reads: LongReads,
  buildIds: readonly number[],
): Promise<ReadonlySet<string>> {
  const lists = await Promise.all(buildIds.map((id) => listOf(reads, id)))
  return new Set(lists.flatMap(({ read }) => read.map(({ name }) => name)))
}

async function listOf(reads: LongReads, buildId: number): Promise<Pick<KojiRpms, 'read'>> {
  const call = calls.buildRpms(buildId)
  try {
    return checked(call, rpmsSchema, await reads.oneLong(call), reads.report)
  } catch (error) {
    if ((error instanceof KojiFault && error.blame === 'thing') || isOdd(error)) return { read: [] }
    throw error
  }
}
