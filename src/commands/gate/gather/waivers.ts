/** Gathers waivers: all filters of a request in few calls (behaviour/greenwave 3.9). */
import type { WaiverDbClient } from '../../../clients/waiverdb/client.ts'
import { filteredBodies } from '../../../clients/waiverdb/filtered.ts'
import type { Waiver } from '../../../domain/gate/facts/facts.ts'
import type { WaiverFilter } from '../../../domain/gate/facts/needs.ts'
import type { SharedWork } from '../../../lib/async/shared-work.ts'
import { callShared, type Round } from './call.ts'

/** What waivers are gathered with. */
export type WaiversDesk = { client: WaiverDbClient; work: SharedWork<Waiver[]> }

/** At least the waivers of all filters, in no certain order, some perhaps twice: who judges sees to that. */
export async function gatherWaivers(
  { client, work }: WaiversDesk,
  filters: readonly WaiverFilter[],
  round: Round,
): Promise<Waiver[]> {
  const answers = await Promise.all(
    filteredBodies(filters, round.since).map((body) =>
      callShared(work, round, { service: 'waiverdb', about: client.filteredUrl, key: body }, (signal) =>
        client.filtered(body, signal),
      ),
    ),
  )
  return answers.flat()
}
