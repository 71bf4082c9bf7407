/** An advisory (erratum) as the planner sees it, and the facts about it that allow rules may test. */

/** What the Errata Tool says of an advisory (behaviour/freshmaker 9.1), parsed. */
export type Advisory = {
  id: number
  /** `fulladvisory` as the Errata Tool gives it, revision included. */
  name: string
  /** Errata Tool status, e.g. `SHIPPED_LIVE`, `REL_PREP`. */
  state: string
  contentTypes: string[]
  /** Lower case: `critical`, `important`, `moderate`, `low`, `none`. */
  securityImpact: string
  productShortName: string
  releaseName: string
  releaseType: string
  /** Login or mail name of the person or robot that filed it. */
  reporter: string
  cves: string[]
  isMajorIncident: boolean
  isCompliancePriority: boolean
  isContractPriority: boolean
}

/** The RPMs an advisory fixes: NVRs (no arch, no epoch) of binary packages. */
export type FixedRpms = {
  /** Those touched by the advisory's CVEs; empty when it has none or the Errata Tool lists none. */
  byCve: string[]
  /** All binary RPMs attached to the advisory. */
  all: string[]
  /** Source RPM builds attached to the advisory. */
  sourceBuilds: string[]
  /** Build that each RPM is from, by NVR of the RPM. */
  buildOf: Record<string, string>
}
