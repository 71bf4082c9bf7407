/** Counting and timing under the original metric names (behaviour/freshmaker 11), and a few of our own. */

import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { addGauges, type Gauges } from './gauges.ts'

/** Every counter with its help text; exposed with `_total` behind the name. */
export const COUNTERS = {
  messaging_rx: 'Messages received from the bus',
  messaging_rx_ignored: 'Messages received and ignored',
  messaging_rx_processed_ok: 'Messages received that were handled',
  messaging_rx_failed: 'Messages received that could not be handled',
  messaging_tx_to_send: 'Messages written to the outbox',
  messaging_tx_sent_ok: 'Messages accepted by the broker',
  messaging_tx_failed: 'Failed attempts to send a message',
  db_engine_connect: 'Database connections opened',
  db_handle_error: 'Database errors',
  db_transaction_rollback: 'Database transactions rolled back',
  freshmaker_artifact_build_done: 'Builds that succeeded',
  freshmaker_artifact_build_failed: 'Builds that failed',
  freshmaker_artifact_build_canceled: 'Builds that were canceled',
  freshmaker_event_complete: 'Events that completed',
  freshmaker_event_failed: 'Events that failed',
  freshmaker_event_skipped: 'Events that were skipped',
  freshmaker_event_canceled: 'Events that were canceled',
  total_decision_exceptions: 'Requests for a decision that ended without one',
  decision_changed: 'Decisions that a message has changed',
  decision_unchanged: 'Decisions that a message has not changed',
  decision_failed: 'Decisions that could not be made for a message',
  decision_unresolved_versions: 'Patterns of product versions that match no known version',
} as const
export type CounterName = keyof typeof COUNTERS

/** A counter, or one series of it: the name, and behind a space its labels as JSON. */
export type CounterKey = CounterName | `${CounterName} ${string}`

const LABEL_NAMES = ['decision_context', 'handler'] as const
type Labels = Partial<Record<(typeof LABEL_NAMES)[number], string>>

/** The series of a counter with these labels; equal labels give equal keys. */
export function labelled(name: CounterName, labels: Labels): CounterKey {
  const known = LABEL_NAMES.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]]))
  return known.length === 0 ? name : `${name} ${JSON.stringify(Object.fromEntries(known))}`
}

/** The series of a counter of messages; messages of the gate are counted separately for each service that they come from. */
export function ofHandler(name: CounterName, handler: string | null | undefined): CounterKey {
  return handler ? labelled(name, { handler }) : name
}

const LATENCIES = {
  build_api_latency: 'Time a request for builds took',
  event_api_latency: 'Time a request for events took',
} as const
/** Histograms of the API, in seconds. */
export type LatencyName = keyof typeof LATENCIES

/** How a request for a decision ended: with a decision, as a bad request, or by a failure of ours or of a service. */
export type DecisionOutcome = 'satisfied' | 'unsatisfied' | 'refused' | 'failed'

/** Increments by counter and series; those that did not move are left out. */
export type Increments = Partial<Record<CounterKey, number>>
/** What all processes have counted together, and since when. */
export type CounterSums = ReadonlyMap<string, { value: number; since: Date }>

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
  /** Where they are kept, for lists of what there is. */
  registries: readonly Registry[]
  /** What this process has measured by itself, for `render` in another one. */
  ownSeries(): Promise<object[]>
  /**
   * Everything in Prometheus' text form. Counters are those of `sums`, none where these are not known (null); what processes measure
   * by themselves is added up with the series of `others`.
   */
  render(sums: CounterSums | null, others?: readonly object[][]): Promise<string>
}

/**
 * Has registries of its own, so that two contexts in one process (tests, the one-process start) do not collide: one for what all
 * processes read from the stores, and one for what each measures by itself.
 */
export function createMetrics(): Metrics {
  const common = new Registry()
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const started = Date.now() / 1000
  const showSums = addCounters(common, started)
  const latencies = addLatencies(registry, started)
  const jobs = addDurations(registry, 'freshwave_job_duration_seconds', 'Time a job took', 'queue')
  const calls = addDurations(
    registry,
    'freshwave_upstream_duration_seconds',
    'Time a call to an outside service took',
    'service',
  )
  const gate = addGate(registry)
  const gauges = addGauges(common, registry)
  const forecastErrors = new Histogram({
    name: 'freshwave_forecast_error',
    help: 'Difference between the expected end of an event, after a tenth of its work, and its end, as a share of the time that was left',
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
    render: async (sums, others = []) => {
      showSums(sums)
      const own =
        others.length === 0
          ? registry
          : AggregatorRegistry.aggregate([await registry.getMetricsAsJSON(), ...others])
      return `${await common.metrics()}\n${await own.metrics()}`
    },
  }
}

/** The classic text format has no creation time, so each counter has a second series `_created`, as in the original. */
function addCounters(registry: Registry, started: number): (sums: CounterSums | null) => void {
  const options = { labelNames: LABEL_NAMES, registers: [registry] }
  const series = new Map(
    Object.entries(COUNTERS).map(([name, help]) => [
      name,
      {
        total: new Counter({ name: `${name}_total`, help, ...options }),
        created: new Gauge({ name: `${name}_created`, help: `${help}, since`, ...options }),
      },
    ]),
  )
  return (sums) => {
    for (const { total, created } of series.values()) {
      total.reset()
      created.reset()
      if (!sums) continue
      total.inc(0)
      created.set(started)
    }
    for (const [key, { value, since }] of sums ?? []) {
      const { name, labels } = seriesOf(key)
      series.get(name)?.total.inc(labels, value)
      series.get(name)?.created.set(labels, since.getTime() / 1000)
    }
  }
}

function seriesOf(key: string): { name: string; labels: Labels } {
  const [name = '', ...labels] = key.split(/ (.*)/s)
  return { name, labels: labels[0] ? JSON.parse(labels[0]) : {} }
}

function addLatencies(registry: Registry, started: number): Record<LatencyName, Histogram> {
  const add = (name: LatencyName) => {
    const help = LATENCIES[name]
    const created = new Gauge({
      name: `${name}_created`,
      help: `${help}, since`,
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
    help: 'Time a request for a decision took',
    labelNames: ['outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  })
  const lookUps = new Counter({
    name: 'freshwave_cache_lookups_total',
    help: 'Gate cache lookups',
    labelNames: ['kind', 'found'],
    registers: [registry],
  })
  return {
    decision: (outcome, seconds) => decisions.observe({ outcome }, seconds),
    lookUp: (kind, found, count) => lookUps.inc({ kind, found: String(found) }, count),
  }
}

function addDurations(registry: Registry, name: string, help: string, what: string) {
  return new Histogram({ name, help, labelNames: [what, 'outcome'], registers: [registry] })
}
