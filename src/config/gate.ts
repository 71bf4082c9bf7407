/** The settings of the gate, brought together from the environment and the settings file. */
import type { ReleaseGate } from '../domain/gate/release/release-gate.ts'
import type { GateSettings } from '../domain/gate/request/settings.ts'
import type { RemoteRulePolicies } from './remote-rule-policies.ts'
import type { Settings } from './settings.ts'

/** The locations of rule files, as written; a value in the environment replaces that of the file as a whole. */
export function remoteRulePolicies({ env, file }: Settings): RemoteRulePolicies {
  return env.REMOTE_RULE_POLICIES ?? file.remote_rule_policies
}

/** `onDemandSourceHosts` holds only what is set: the caller decides which hosts replace an empty list. */
export function gateSettings(settings: Settings): GateSettings {
  const { env, file } = settings
  const templates = Object.entries(remoteRulePolicies(settings))
  return {
    outcomesPassed: new Set(file.outcomes_passed),
    outcomesIncomplete: new Set(file.outcomes_incomplete),
    outcomesError: new Set(file.outcomes_error),
    distinctLatestResultsOn: file.distinct_latest_results_on,
    remoteRulePolicies: new Map(templates.map(([type, value]) => [type, [value].flat()])),
    distGitUrlTemplate: distGitUrlTemplate(file.dist_git_url_template, file.dist_git_base_url),
    kojiBaseUrl: env.KOJI_BASE_URL ?? '',
    maxSubjects: file.max_subjects,
    onDemandSourceHosts: new Set(file.on_demand_source_hosts.map((host) => host.toLowerCase())),
  }
}

/** The decisions that a rebuilt image needs before it may go out. */
export function releaseGates({ file }: Pick<Settings, 'file'>): ReleaseGate[] {
  return file.release_gates.map(({ decision_context, product_version, subject_type }) => ({
    decisionContext: decision_context,
    productVersion: product_version,
    subjectType: subject_type,
  }))
}

function distGitUrlTemplate(template: string, baseUrl: string): string | null {
  const whole = baseUrl ? template.replaceAll('{DIST_GIT_BASE_URL}', baseUrl) : template
  return whole || null
}
