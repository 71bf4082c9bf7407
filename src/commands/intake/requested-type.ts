/** Finds the type of event that a request for an advisory opens, by what the Errata Tool knows of it (behaviour/freshmaker 3.4). */

import type { ErrataClient } from '../../clients/errata/client.ts'
import type { EventTypeName } from '../../domain/event.ts'
import { SHIPPED } from '../../domain/rebuild/images/advisory.ts'
import { requestedEventType } from '../../domain/rebuild/intake/event-type.ts'
import { withinPatience } from '../../lib/async/caller-patience.ts'
import { withFlatpakFacts } from './open-flatpak-event.ts'

/**
 * Two requests for nearly all advisories, a few more for modules in testing; null: the Errata Tool does not know the
 * advisory. @param asShipped judges an advisory that has not shipped as if it had, unless it is ready for flatpaks
 * @throws UpstreamError, also when all of them together take more than a minute
 */
export function typeOfRequest(
  errata: ErrataClient,
  errataId: number,
  { asShipped = false } = {},
): Promise<EventTypeName | null> {
  return withinPatience('errata', queryType(errata, errataId, asShipped))
}

async function queryType(
  errata: ErrataClient,
  errataId: number,
  asShipped: boolean,
): Promise<EventTypeName | null> {
  const summary = errataId > 0 ? await errata.summary(errataId) : null
  if (!summary) return null
  const type = requestedEventType(await withFlatpakFacts(errata, summary))
  if (!asShipped || type === 'FlatpakApplicationManualBuildEvent') return type
  return requestedEventType({ ...summary, state: SHIPPED, flatpak: null })
}
