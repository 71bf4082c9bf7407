/** An advisory (erratum) as the planner sees it, with the properties that allow rules may test, and the RPMs it fixes. */

/** Status of an advisory that has shipped. */
export const SHIPPED = 'SHIPPED_LIVE'

/** An advisory as the Errata Tool describes it (behaviour/freshmaker 9.1), parsed. */
export type Advisory = {
  id: number
  /** `fulladvisory` as the Errata Tool returns it, including the revision. */
  name: string
  /** Errata Tool status, e.g. `SHIPPED_LIVE`, `REL_PREP`. */
  state: string
  contentTypes: string[]
  /** Lower case: `critical`, `important`, `moderate`, `low`, `none`. */
  securityImpact: string
  productShortName: string
  releaseName: string
  releaseType: string
  /** Login or mail address of the person or bot that filed it. */
  reporter: string
  cves: string[]
  /** Null: not shipped, or the time was not recorded. */
  shippedAt: Date | null
  isMajorIncident: boolean
  isCompliancePriority: boolean
  isContractPriority: boolean
}

/** What people search advisories by, and see of them. */
export type AdvisorySummary = {
  /** Including the revision. */
  name: string
  /** As `securityImpact`. */
  severity: string
  cves: string[]
}

/** What is stored of an advisory with its event. */
export type ReadAdvisory = AdvisorySummary & Pick<Advisory, 'shippedAt'>

/** The summary of an advisory. */
export function summarizeAdvisory({
  name,
  securityImpact,
  cves,
  shippedAt,
}: Pick<Advisory, 'name' | 'securityImpact' | 'cves' | 'shippedAt'>): ReadAdvisory {
  return { name, severity: securityImpact, cves, shippedAt }
}

/** The RPMs an advisory fixes: NVRs (no arch, no epoch) of binary packages. */
export type FixedRpms = {
  /** RPMs affected by the advisory's CVEs; empty when it has no CVEs or the Errata Tool lists none. */
  byCve: string[]
  /** All binary RPMs attached to the advisory. */
  all: string[]
  /** Source RPM builds attached to the advisory. */
  sourceBuilds: string[]
  /** The build that each RPM comes from, by NVR of the RPM. */
  buildOf: Record<string, string>
  /** Files that cannot be read: the lists above may lack RPMs. */
  unreadable: { path: string; message: string }[]
}
