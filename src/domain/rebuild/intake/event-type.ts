/** Judges which type of event an advisory opens (behaviour/freshmaker 3.4, 5.3, 5.4). */

import type { EventTypeName } from '../../event.ts'
import { shortList } from '../consideration.ts'
import { SHIPPED } from '../images/advisory.ts'

/** What the type of a requested event depends on. `flatpak` is known only where `mayBeFlatpakModule`. */
export type RequestedAdvisory = {
  state: string
  contentTypes: readonly string[]
  reporter: string
  flatpak: { pulpRepoIds: readonly string[]; allBuildsSigned: boolean; releaseType: string } | null
}

/** Advisories by this reporter ship the images of operators. */
const BOTAS = 'botas'

/** Whether the facts for `flatpak` have to be fetched: few advisories are in testing and have modules. */
export function mayBeFlatpakModule({
  state,
  contentTypes,
}: Pick<RequestedAdvisory, 'state' | 'contentTypes'>) {
  return state === 'QE' && contentTypes.includes('module')
}

/** The type of the event of a manual request. */
export function requestedEventType(advisory: RequestedAdvisory): EventTypeName {
  if (whyNotReady(advisory) === null) return 'FlatpakApplicationManualBuildEvent'
  const shipped = advisory.state === SHIPPED
  return shipped && advisory.reporter.startsWith(BOTAS)
    ? 'ManualBundleRebuildEvent'
    : 'ManualRebuildWithAdvisoryEvent'
}

/** The type of the event of an advisory that has shipped; type 10 by the design's ruling. */
export function shippedEventType({ reporter }: Pick<RequestedAdvisory, 'reporter'>): EventTypeName {
  return reporter.startsWith(BOTAS) ? 'BotasErrataShippedEvent' : 'ErrataAdvisoryStateChangedEvent'
}

/** Why the flatpaks of its modules cannot be rebuilt while the advisory is still in testing; null: they can. */
export function whyNotReady({ flatpak, state, contentTypes }: RequestedAdvisory): string | null {
  if (!flatpak || !mayBeFlatpakModule({ state, contentTypes }))
    return `it is ${state}, with content types ${contentTypes.join(', ') || 'none'}`
  const open = flatpak.pulpRepoIds.filter((id) => !id.includes('-hidden-'))
  if (open.length > 0) return `its Pulp repositories ${shortList(open)} are not hidden`
  if (!flatpak.allBuildsSigned) return 'its builds are not all signed'
  return flatpak.releaseType === 'Zstream' ? null : `its release is '${flatpak.releaseType}', not 'Zstream'`
}
