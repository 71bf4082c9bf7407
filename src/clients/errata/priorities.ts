/** Finds out how urgent an advisory is, by the bugs and issues it fixes (behaviour/freshmaker 9.1). */
import type { Advisory } from '../../domain/rebuild/images/advisory.ts'
import type { JiraClient } from './jira.ts'
import { bugFlagsSchema, jiraKeysSchema } from './schema.ts'
import type { ReadUnder } from './under-advisory.ts'

type Priorities = Pick<Advisory, 'isMajorIncident' | 'isCompliancePriority' | 'isContractPriority'>

/** Bugs come first; Jira is queried for what they leave open, which is at least the contract priority. */
export async function readPriorities(
  readUnder: ReadUnder,
  jira: JiraClient | undefined,
  id: number,
): Promise<Priorities> {
  const [flags, handling] = await Promise.all([
    readUnder(id, { path: `/advisory/${id}/bugs.json` }, bugFlagsSchema),
    jira ? readHandling(readUnder, jira, id) : [],
  ])
  return judgePriorities(flags?.flags ?? [], handling)
}

/** The flags from the texts in both places. */
function judgePriorities(bugFlags: readonly string[], handling: readonly string[]): Priorities {
  const flagged = (...texts: string[]) => bugFlags.some((flag) => texts.some((text) => flag.includes(text)))
  return {
    isMajorIncident: flagged('hightouch+') || handling.includes('Major Incident'),
    isCompliancePriority:
      flagged('compliance_priority+', 'compliance-priority') || handling.includes('compliance-priority'),
    isContractPriority: handling.includes('contract-priority'),
  }
}

async function readHandling(readUnder: ReadUnder, jira: JiraClient, id: number): Promise<string[]> {
  const keys = await readUnder(id, { path: `/advisory/${id}/jira_issues.json` }, jiraKeysSchema)
  return jira.specialHandling(keys?.read.map(({ key }) => key) ?? [])
}
