/** The settings of the gate, combined from the environment and the settings file. */
import type { GatingSettings } from '../domain/gate/request/settings.ts'
import type { RemoteRulePolicies } from './remote-rule-policies.ts'
import type { Settings } from './settings.ts'

/** URL templates of rule files, as written; if set in the environment, the whole table of the file is replaced. */
export function remoteRulePolicies({ env, file }: Settings): RemoteRulePolicies {
  return env.REMOTE_RULE_POLICIES ?? file.remote_rule_policies
}

/** `onDemandSourceHosts` contains only the configured hosts: the caller decides what an empty list means. */
export function gateSettings(settings: Settings): GatingSettings {
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

function distGitUrlTemplate(template: string, baseUrl: string): string | null {
  const expanded = baseUrl ? template.replaceAll('{DIST_GIT_BASE_URL}', baseUrl) : template
  return expanded || null
}
