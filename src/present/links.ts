/** Addresses of the pages that outside services have for people; null where a setting does not say where they are. */
import type { Environment } from '../config/env.ts'

/** The page of a task. The web pages of a hub are on the same server, as Koji installs them; dry runs have negative ids. */
export function taskPage(hub: string | undefined, taskId: number | null): string | null {
  if (!hub || taskId === null || taskId <= 0) return null
  return `${withoutLogin(hub).replace(/\/kojihub$/, '/koji')}/taskinfo?taskID=${taskId}`
}

/** The page of an advisory; search keys of other kinds of events are not numbers. */
export function advisoryPage({ ERRATA_URL }: Environment, searchKey: string): string | null {
  return ERRATA_URL && /^\d+$/.test(searchKey) ? `${withoutLogin(ERRATA_URL)}/advisory/${searchKey}` : null
}

/** The results of an NVR. */
export function resultsPage({ RESULTSDB_API_URL }: Environment, nvr: string): string {
  return `${withoutLogin(RESULTSDB_API_URL)}/results?nvr=${encodeURIComponent(nvr)}`
}

/** The waivers of an NVR. */
export function waiversPage({ WAIVERDB_API_URL }: Environment, nvr: string): string {
  return `${withoutLogin(WAIVERDB_API_URL)}/waivers/?subject_identifier=${encodeURIComponent(nvr)}`
}

/** The login of an address is ours; readers have their own. */
function withoutLogin(url: string): string {
  return url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')
}
