/** Addresses of the pages that outside services have for people; null where no setting gives the address of the service. */
import type { Environment } from '../config/env.ts'
import { hasAdvisory } from '../domain/event-subject.ts'

/** What Koji calls the address of its hub; one with another name may have its web pages on another server. */
const HUB = /\/kojihub$/

/** The page of a task. The web pages of a hub are on the same server, as Koji installs them; dry runs have negative ids. */
export function taskPage(hub: string | undefined, taskId: number | null): string | null {
  if (!hub || !HUB.test(hub) || taskId === null || taskId <= 0) return null
  return `${withoutLogin(hub).replace(HUB, '/koji')}/taskinfo?taskID=${taskId}`
}

/** The page of an event's advisory; null also for events that have none. */
export function advisoryPage(
  { ERRATA_URL }: Environment,
  { eventTypeId, searchKey }: { eventTypeId: number; searchKey: string },
): string | null {
  if (!ERRATA_URL || !hasAdvisory(eventTypeId) || !/^\d+$/.test(searchKey)) return null
  return `${withoutLogin(ERRATA_URL)}/advisory/${searchKey}`
}

/** The results of an NVR. */
export function resultsPage({ RESULTSDB_API_URL }: Environment, nvr: string): string {
  return `${withoutLogin(RESULTSDB_API_URL)}/results?nvr=${encodeURIComponent(nvr)}`
}

/** The waivers of an NVR. */
export function waiversPage({ WAIVERDB_API_URL }: Environment, nvr: string): string {
  return `${withoutLogin(WAIVERDB_API_URL)}/waivers/?subject_identifier=${encodeURIComponent(nvr)}`
}

/** The address without our login; readers have their own. */
function withoutLogin(url: string): string {
  return url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')
}
