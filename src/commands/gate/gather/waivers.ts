/** Gathers waivers: all filters of a request in few calls (behaviour/greenwave 3.9). */
import type { WaiverDbClient } from '../../../clients/waiverdb/client.ts'
import { filteredBodies } from '../../../clients/waiverdb/filtered.ts'
import type { FilteredWaivers } from '../../../clients/waiverdb/schema.ts'
import type { Waiver } from '../../../domain/gate/facts/facts.ts'
import type { WaiverFilter } from '../../../domain/gate/facts/needs.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { type CallOptions, callShared } from './call.ts'

/** Where waivers come from. */
export type WaiversSource = { client: WaiverDbClient; work: SharedWork<FilteredWaivers> }

/**
 * At least the waivers of all filters, in no particular order and perhaps with duplicates: the judge sorts and filters. For a request
 * about the past also those that were replaced since, unless one of them cannot be read: it may be what replaced or revoked another.
 */
export async function gatherWaivers(
  source: WaiversSource,
  filters: readonly WaiverFilter[],
  options: CallOptions,
): Promise<Waiver[]> {
  const isOfPast = options.since !== null
  const found = await fetchWaivers(source, filters, options, isOfPast)
  const hasGap = isOfPast && found.some(({ unreadable }) => unreadable.length > 0)
  const answers = hasGap ? await fetchWaivers(source, filters, options, false) : found
  return answers.flatMap(({ waivers }) => waivers)
}

function fetchWaivers(
  { client, work }: WaiversSource,
  filters: readonly WaiverFilter[],
  options: CallOptions,
  obsolete: boolean,
): Promise<FilteredWaivers[]> {
  const target = client.filteredUrl
  const bodies = filteredBodies(filters, { since: options.since, obsolete })
  const answers = bodies.map((body) =>
    callShared(work, options, { service: 'waiverdb', target, key: body }, (behalf) =>
      client.filtered(body, behalf),
    ),
  )
  return Promise.all(answers)
}
