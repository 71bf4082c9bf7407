/** The hosts that an operator has configured as locations of rule files; a request cannot add to them. */
import type { Policy } from '../../../domain/gate/policy/policy.ts'
import type { GateSettings } from '../../../domain/gate/request/settings.ts'

type Sources = Pick<GateSettings, 'remoteRulePolicies' | 'distGitUrlTemplate' | 'onDemandSourceHosts'>

/** `host` or `host:port` of all URL templates in the settings and in the server's own policies. */
export function configuredHosts(settings: Sources, policies: readonly Policy[]): Set<string> {
  const rules = policies.flatMap((policy) => policy.rules)
  const sources = rules.flatMap((rule) => (rule.kind === 'RemoteRule' ? rule.sources : []))
  return new Set([...settings.onDemandSourceHosts, ...templateHosts(settings), ...hostsOf(sources)])
}

/** The hosts of the templates in the settings: the default of `on_demand_source_hosts`. */
export function templateHosts({
  remoteRulePolicies,
  distGitUrlTemplate,
}: Omit<Sources, 'onDemandSourceHosts'>): Set<string> {
  return hostsOf([...remoteRulePolicies.values()].flat().concat(distGitUrlTemplate ?? []))
}

/** Skips templates with a placeholder in the host: a subject, which comes from the request, would choose the host. */
function hostsOf(templates: readonly string[]): Set<string> {
  return new Set(
    templates.flatMap((template) => {
      const host = URL.parse(template)?.host
      return host && !/[{}]/.test(host) && !/^[a-z]+:\/\/[^/]*[{}]/i.test(template) ? [host] : []
    }),
  )
}
