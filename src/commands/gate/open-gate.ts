/** Opens the gate of a process: its policies, its access to the outside services and its deadline. */
import { gateSettings } from '../../config/gate.ts'
import type { Settings } from '../../config/settings.ts'
import type { Context } from '../../context.ts'
import { type CandidateSource, candidateSourceOf } from '../../domain/gate/change/candidates.ts'
import type { GateSettings } from '../../domain/gate/request/settings.ts'
import type { PolicySet } from '../../gate-input/policies/load.ts'
import { configuredHosts, templateHosts } from './gather/configured-hosts.ts'
import { createGatherer, type Gatherer } from './gather-facts.ts'
import { digestOfJudge } from './judged-by.ts'

/** What decisions are made with; one per process, so that its requests share calls and cache. */
export type Gate = Gatherer & {
  settings: GateSettings
  /** The policies currently in force. */
  policies(): PolicySet
  /** Changes whenever equal facts may be judged in another way than before. */
  judgedBy(): string
  /** What the decisions that a message may change are chosen from. */
  candidateSource(): CandidateSource
  now: () => Date
  /** Time limit of one decision. */
  deadlineMs: number
  metrics: Context['metrics']
}

/**
 * `policies.current` is called for each decision, so that new policies take effect immediately. `hasNews` false: the process never gets
 * news of subjects.
 */
export type GateOptions = Pick<Context, 'settings' | 'clients' | 'metrics' | 'now'> & {
  policies: { current(): PolicySet }
  hasNews?: boolean
}

/** One request uses at most an eighth of a service's connections. */
const REQUESTS_AT_ONCE = 8

/** Calls no service before the first decision. */
export function openGate({
  settings,
  clients,
  metrics,
  now,
  policies,
  hasNews = settings.env.AMQP_SOURCES.length > 0,
}: GateOptions): Gate {
  const gate = completeSettings(settings)
  const hostsOf = memoized((set: PolicySet) => configuredHosts(gate, set.policies))
  const gatherer = createGatherer({
    clients,
    settings: gate,
    maxUrl: settings.file.upstream_max_url,
    concurrency: Math.max(1, Math.floor(settings.file.gate_concurrent_requests / REQUESTS_AT_ONCE)),
    isConfiguredHost: (host) => hostsOf(policies.current()).has(host),
    cacheSeconds: settings.file.cache_seconds,
    hasNews,
    now: () => performance.now(),
    clock: now,
    onLookup: ({ kind, found, count }) => metrics.lookUp(kind, found, count),
  })
  const digestOf = memoized((set: PolicySet) => digestOfJudge(set, gate))
  const candidateSourceFor = memoized((set: PolicySet) => candidateSourceOf(set.index, set.subjectTypes.all))
  let last = policies.current().subjectTypes

  /** Cached results are those that the queries of a subject type have found: new types may have others. */
  function current(): PolicySet {
    const set = policies.current()
    if (set.subjectTypes !== last) gatherer.forgetAll()
    last = set.subjectTypes
    return set
  }

  return {
    ...gatherer,
    settings: gate,
    policies: current,
    judgedBy: () => digestOf(current()),
    candidateSource: () => candidateSourceFor(current()),
    now,
    deadlineMs: settings.file.decision_deadline_s * 1000,
    metrics,
  }
}

/** Without `on_demand_source_hosts`, a request may use the hosts that the templates name anyway. */
function completeSettings(settings: Settings): GateSettings {
  const gate = gateSettings(settings)
  const { onDemandSourceHosts: hosts } = gate
  return { ...gate, onDemandSourceHosts: hosts.size > 0 ? hosts : templateHosts(gate) }
}

function memoized<K extends object, V>(find: (key: K) => V): (key: K) => V {
  const found = new WeakMap<K, V>()
  return (key) => {
    const value = found.get(key) ?? find(key)
    found.set(key, value)
    return value
  }
}
