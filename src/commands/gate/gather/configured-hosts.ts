/** The hosts an operator has named as places of rule files; a request can add none to them. */
import type { Policy } from '../../../domain/gate/policy/policy.ts'
import type { GatingSettings } from '../../../domain/gate/request/settings.ts'

type Sources = Pick<GatingSettings, 'remoteRulePolicies' | 'distGitUrlTemplate' | 'onDemandSourceHosts'>

/** `host` or `host:port` of all templates of the settings and of the server's own policies. */
export function configuredHosts(settings: Sources, policies: readonly Policy[]): Set<string> {
  const rules = policies.flatMap((policy) => policy.rules)
  const sources = rules.flatMap((rule) => (rule.kind === 'RemoteRule' ? rule.sources : []))
  return new Set([...settings.onDemandSourceHosts, ...templateHosts(settings), ...hostsOf(sources)])
}

/** Those of the settings' templates: what `on_demand_source_hosts` is when it is not set. */
export function templateHosts({
  remoteRulePolicies,
  distGitUrlTemplate,
}: Omit<Sources, 'onDemandSourceHosts'>): Set<string> {
  return hostsOf([...remoteRulePolicies.values()].flat().concat(distGitUrlTemplate ?? []))
}

/** A template whose host is filled in with what a subject brings along names none. */
function hostsOf(templates: readonly string[]): Set<string> {
  return new Set(
    templates.flatMap((template) => {
      const host = URL.parse(template)?.host
      return host && !/[{}]/.test(host) && !/^[a-z]+:\/\/[^/]*[{}]/i.test(template) ? [host] : []
    }),
  )
}
