/** The gate of a process: by which policies it decides, what it knows of the world, and how long it may take. */
import { gateSettings } from '../../config/gate.ts'
import type { Settings } from '../../config/settings.ts'
import type { Context } from '../../context.ts'
import type { GatingSettings } from '../../domain/gate/request/settings.ts'
import type { PolicySet } from '../../gate-input/policies/load.ts'
import { configuredHosts, templateHosts } from './gather/configured-hosts.ts'
import { createGatherer, type Gatherer } from './gather-facts.ts'

/** What decisions are made with; one for all requests of a process, so that they share what they fetch. */
export type Gate = Gatherer & {
  settings: GatingSettings
  /** The policies in force now. */
  policies(): PolicySet
  now: () => Date
  /** For one decision. */
  deadlineMs: number
  metrics: Context['metrics']
}

/** `policies` is asked for the set in force at each decision. */
export type GateParts = Pick<Context, 'settings' | 'clients' | 'metrics' | 'now'> & {
  policies: { current(): PolicySet }
}

/** One request takes only this part of a service's connections. */
const SHARE = 8

/** Asks nobody anything before the first decision. */
export function openGate({ settings, clients, metrics, now, policies }: GateParts): Gate {
  const gating = completeSettings(settings)
  const hostsOf = memoized((set: PolicySet) => configuredHosts(gating, set.policies))
  const gatherer = createGatherer({
    clients,
    settings: gating,
    maxUrl: settings.file.upstream_max_url,
    concurrency: Math.max(1, Math.floor(settings.file.gate_concurrent_requests / SHARE)),
    isConfiguredHost: (host) => hostsOf(policies.current()).has(host),
    cacheSeconds: settings.file.cache_seconds,
    now: () => performance.now(),
    onLookUp: ({ kind, found, count }) => metrics.cacheLookup(kind, found, count),
  })
  const deadlineMs = settings.file.decision_deadline_s * 1000
  return { ...gatherer, settings: gating, policies: policies.current, now, deadlineMs, metrics }
}

/** A request may send us to the hosts that are allowed for that, or else to those that the templates name anyway. */
function completeSettings(settings: Settings): GatingSettings {
  const gating = gateSettings(settings)
  const { onDemandSourceHosts: set } = gating
  return { ...gating, onDemandSourceHosts: set.size > 0 ? set : templateHosts(gating) }
}

function memoized<K extends object, V>(find: (key: K) => V): (key: K) => V {
  const found = new WeakMap<K, V>()
  return (key) => {
    const value = found.get(key) ?? find(key)
    found.set(key, value)
    return value
  }
}
