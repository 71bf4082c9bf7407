/** Gathers waivers: all filters of a request in few calls (behaviour/greenwave 3.9). */
import type { WaiverDbClient } from '../../../clients/waiverdb/client.ts'
import { filteredBodies } from '../../../clients/waiverdb/filtered.ts'
import type { Waiver } from '../../../domain/gate/facts/facts.ts'
import type { WaiverFilter } from '../../../domain/gate/facts/needs.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { type CallOptions, callShared } from './call.ts'

/** Where waivers come from. */
export type WaiversSource = { client: WaiverDbClient; work: SharedWork<Waiver[]> }

/** At least the waivers of all filters, in no particular order and perhaps with duplicates: the judge sorts and filters. */
export async function gatherWaivers(
  { client, work }: WaiversSource,
  filters: readonly WaiverFilter[],
  options: CallOptions,
): Promise<Waiver[]> {
  const target = client.filteredUrl
  const answers = await Promise.all(
    filteredBodies(filters, options.since).map((body) =>
      callShared(work, options, { service: 'waiverdb', target, key: body }, (behalf) =>
        client.filtered(body, behalf),
      ),
    ),
  )
  return answers.flat()
}
