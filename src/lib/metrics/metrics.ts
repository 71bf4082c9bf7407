/** Counting and timing under the original metric names (behaviour/freshmaker 11), and a few of our own. */
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { addCounters, type CounterKey, type CounterSums, type Increments } from './counters.ts'
import { addGauges, type Gauges } from './gauges.ts'

/** Gauges with the suffix of counters, which Prometheus' linter refuses; those without it have the same numbers, by type. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

const LATENCIES = {
  build_api_latency: 'Duration of requests for builds, in seconds',
  event_api_latency: 'Duration of requests for events, in seconds',
} as const
/** Histograms of the API, in seconds. */
export type LatencyName = keyof typeof LATENCIES

/** How a request for a decision ended: with a decision, as a bad request, or because this program or a service failed. */
export type DecisionOutcome = 'satisfied' | 'unsatisfied' | 'refused' | 'failed'

/** Metrics as the rest of the program records them. */
export type Metrics = Gauges & {
  /** Media type of what `render` returns. */
  contentType: string
  /** Kept in memory until `takeIncrements`: the sums of all processes live in the database. */
  count(key: CounterKey, by?: number): void
  /** Seconds one job of a queue took, and how it ended. */
  job(queue: string, outcome: 'done' | 'later' | 'failed', seconds: number): void
  /** Seconds one call to an outside service took, and how it ended. */
  call(service: string, outcome: string, seconds: number): void
  /** Records of a service's answers that could not be read. */
  unreadable(service: string, records: number): void
  /** Seconds one API request took. */
  latency(name: LatencyName, seconds: number): void
  /** Seconds one request for a decision took, and how it ended. */
  decision(outcome: DecisionOutcome, seconds: number): void
  /** Lookups in the gate's cache, for `results`, a `build` or a `file`. */
  lookUp(kind: string, found: boolean, count: number): void
  /** How wrong the forecast of an event was, as a share of the time that was left. */
  forecastError(share: number): void
  /** What was counted since the last call; the caller must store it or `count` it again. */
  takeIncrements(): Increments
  /** What was counted and not taken: in a process that stores nothing, everything. */
  increments(): Increments
  /** The registries that hold them, for lists of all metrics. */
  registries: readonly Registry[]
  /** What this process has measured by itself, for `render` in another one. */
  ownSeries(): Promise<object[]>
  /**
   * Everything in Prometheus' text form. Counters are those of `sums`, none where these are not known (null); what processes measure
   * by themselves is added up from `series` where any are given, those of this process among them.
   */
  render(sums: CounterSums | null, series?: readonly object[][]): Promise<string>
}

/**
 * Has registries of its own, so that two contexts in one process (tests, the one-process start) do not collide: one for what all
 * processes read from the stores, and one for what each measures by itself.
 */
export function createMetrics(): Metrics {
  const common = new Registry()
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const started = Date.now() / 1000
  const showSums = addCounters(common, started)
  const latencies = addLatencies(registry, started)
  const jobs = addDurations(
    registry,
    'freshwave_job_duration_seconds',
    'Duration of an attempt of a job',
    'queue',
  )
  const calls = addDurations(
    registry,
    'freshwave_upstream_duration_seconds',
    'Duration of an attempt of a call to an outside service',
    'service',
  )
  const gate = addGate(registry)
  const gauges = addGauges(common, registry)
  const forecastErrors = new Histogram({
    name: 'freshwave_forecast_error',
    help: 'Difference between the P50 forecast made after a tenth of the work of an event and its end, relative to the time that was left',
    buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5],
    registers: [registry],
  })
  const unreadable = new Counter({
    name: 'freshwave_unreadable_records_total',
    help: 'Records in the answers of outside services that could not be read',
    labelNames: ['service'],
    registers: [registry],
  })
  const pending = new Map<CounterKey, number>()
  return {
    contentType: registry.contentType,
    registries: [common, registry],
    count: (key, by = 1) => pending.set(key, (pending.get(key) ?? 0) + by),
    job: (queue, outcome, seconds) => jobs.observe({ queue, outcome }, seconds),
    call: (service, outcome, seconds) => calls.observe({ service, outcome }, seconds),
    unreadable: (service, records) => unreadable.inc({ service }, records),
    latency: (name, seconds) => latencies[name].observe(seconds),
    ...gate,
    ...gauges,
    forecastError: (share) => forecastErrors.observe(share),
    increments: () => Object.fromEntries(pending),
    takeIncrements: () => {
      const taken: Increments = Object.fromEntries(pending)
      pending.clear()
      return taken
    },
    ownSeries: () => registry.getMetricsAsJSON(),
    render: async (sums, series = []) => {
      showSums(sums)
      const own = series.length === 0 ? registry : AggregatorRegistry.aggregate([...series])
      return `${await common.metrics()}\n${await own.metrics()}`
    },
  }
}

function addLatencies(registry: Registry, started: number): Record<LatencyName, Histogram> {
  const add = (name: LatencyName) => {
    const help = LATENCIES[name]
    const created = new Gauge({
      name: `${name}_created`,
      help: `When measuring began: ${help}`,
      aggregator: 'min',
      registers: [registry],
    })
    created.set(started)
    const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    return new Histogram({ name, help, buckets, registers: [registry] })
  }
  return { build_api_latency: add('build_api_latency'), event_api_latency: add('event_api_latency') }
}

function addGate(registry: Registry): Pick<Metrics, 'decision' | 'lookUp'> {
  const decisions = new Histogram({
    name: 'decision_request_duration_seconds',
    help: 'Duration of requests for a decision',
    labelNames: ['outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  })
  const lookups = new Counter({
    name: 'freshwave_cache_lookups_total',
    help: 'Gate cache lookups',
    labelNames: ['kind', 'found'],
    registers: [registry],
  })
  return {
    decision: (outcome, seconds) => decisions.observe({ outcome }, seconds),
    lookUp: (kind, found, count) => lookups.inc({ kind, found: String(found) }, count),
  }
}

/** Discovery may take minutes, and so may a call with its time-outs: a quantile above the last bucket would look like that bucket. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]

function addDurations(registry: Registry, name: string, help: string, what: string) {
  const labelNames = [what, 'outcome']
  return new Histogram({ name, help, labelNames, buckets: DURATIONS, registers: [registry] })
}
