/** Counters and timings under the original metric names (behaviour/freshmaker 11), and a few new ones. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Every counter with its help text; exposed with the suffix `_total`. */
export const COUNTERS = {
  messaging_rx: 'Messages received from the bus',
  messaging_rx_ignored: 'Received messages that were ignored',
  messaging_rx_processed_ok: 'Received messages that were processed',
  messaging_rx_failed: 'Received messages that could not be processed',
  messaging_tx_to_send: 'Messages written to the outbox',
  messaging_tx_sent_ok: 'Sent messages accepted by the broker',
  messaging_tx_failed: 'Failed attempts to send a message',
  db_engine_connect: 'Database connections opened',
  db_handle_error: 'Database errors',
  db_transaction_rollback: 'Database transactions rolled back',
  freshmaker_artifact_build_done: 'Builds that succeeded',
  freshmaker_artifact_build_failed: 'Builds that failed',
  freshmaker_artifact_build_canceled: 'Builds that were canceled',
  freshmaker_event_complete: 'Events that were completed',
  freshmaker_event_failed: 'Events that failed',
  freshmaker_event_skipped: 'Events that were skipped',
  freshmaker_event_canceled: 'Events that were canceled',
  total_decision_exceptions: 'Decision requests that ended in an error',
} as const
export type CounterName = keyof typeof COUNTERS

const LATENCIES = {
  build_api_latency: 'Duration of API requests for builds',
  event_api_latency: 'Duration of API requests for events',
} as const
/** API latency histograms, in seconds. */
export type LatencyName = keyof typeof LATENCIES

/** Outcome of a decision request: a decision, `refused` (invalid request) or `failed` (our error or an upstream's). */
export type DecisionOutcome = 'satisfied' | 'unsatisfied' | 'refused' | 'failed'

/** Increments by counter; unchanged counters are omitted. */
export type Increments = Partial<Record<CounterName, number>>
/** Counter totals over all processes, with the time when counting began. */
export type CounterSums = ReadonlyMap<string, { value: number; since: Date }>

/** Records the measurements of this process. */
export type Metrics = {
  registry: Registry
  /** Kept in memory until `takeIncrements`: the totals over all processes are stored in the database. */
  count(name: CounterName, by?: number): void
  /** Records the duration and outcome of one job. */
  job(queue: string, outcome: 'done' | 'later' | 'failed', seconds: number): void
  /** Records the duration and outcome of one call to an upstream service. */
  call(service: string, outcome: string, seconds: number): void
  /** Records the duration of one API request. */
  latency(name: LatencyName, seconds: number): void
  /** Records the duration and outcome of one decision request. */
  decision(outcome: DecisionOutcome, seconds: number): void
  /** Counts gate cache lookups for `results`, a `build` or a `file`. */
  cacheLookup(kind: string, found: boolean, count: number): void
  /** Sets the current number of jobs of a queue in a state. */
  queueJobs(queue: string, state: string, jobs: number): void
  /** Returns and resets what was counted since the last call; the caller must store it or `count` it again. */
  takeIncrements(): Increments
  /** All metrics in the Prometheus text format, with counter values from `sums`. */
  render(sums: CounterSums): Promise<string>
}

/** Uses a new registry, so that two contexts in one process (tests, `npm start`) do not collide. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const started = Date.now() / 1000
  const showSums = addCounters(registry, started)
  const latencies = addLatencies(registry, started)
  const jobs = addDurations(registry, 'freshwave_job_duration_seconds', 'Duration of jobs', 'queue')
  const calls = addDurations(
    registry,
    'freshwave_upstream_duration_seconds',
    'Duration of calls to upstream services',
    'service',
  )
  const gate = addGate(registry)
  const queueJobs = new Gauge({
    name: 'freshwave_queue_jobs',
    help: 'Jobs by queue and state',
    labelNames: ['queue', 'state'],
    registers: [registry],
  })
  const pending = new Map<CounterName, number>()
  return {
    registry,
    count: (name, by = 1) => pending.set(name, (pending.get(name) ?? 0) + by),
    job: (queue, outcome, seconds) => jobs.observe({ queue, outcome }, seconds),
    call: (service, outcome, seconds) => calls.observe({ service, outcome }, seconds),
    latency: (name, seconds) => latencies[name].observe(seconds),
    ...gate,
    queueJobs: (queue, state, count) => queueJobs.set({ queue, state }, count),
    takeIncrements: () => {
      const taken: Increments = Object.fromEntries(pending)
      pending.clear()
      return taken
    },
    render: (sums) => {
      showSums(sums)
      return registry.metrics()
    },
  }
}

/** The classic text format lacks creation times, so each counter has a second series `_created`, as in the original. */
function addCounters(registry: Registry, started: number): (sums: CounterSums) => void {
  const series = Object.entries(COUNTERS).map(([name, help]) => ({
    name,
    total: new Counter({ name: `${name}_total`, help, registers: [registry] }),
    created: new Gauge({
      name: `${name}_created`,
      help: `${help}: start of counting`,
      registers: [registry],
    }),
  }))
  return (sums) => {
    for (const { name, total, created } of series) {
      const sum = sums.get(name)
      total.reset()
      total.inc(sum?.value ?? 0)
      created.set(sum ? sum.since.getTime() / 1000 : started)
    }
  }
}

function addLatencies(registry: Registry, started: number): Record<LatencyName, Histogram> {
  const add = (name: LatencyName) => {
    const help = LATENCIES[name]
    const created = new Gauge({
      name: `${name}_created`,
      help: `${help}: start of counting`,
      registers: [registry],
    })
    created.set(started)
    const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    return new Histogram({ name, help, buckets, registers: [registry] })
  }
  return { build_api_latency: add('build_api_latency'), event_api_latency: add('event_api_latency') }
}

function addGate(registry: Registry): Pick<Metrics, 'decision' | 'cacheLookup'> {
  const decisions = new Histogram({
    name: 'decision_request_duration_seconds',
    help: 'Duration of decision requests',
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
    cacheLookup: (kind, found, count) => lookups.inc({ kind, found: String(found) }, count),
  }
}

function addDurations(registry: Registry, name: string, help: string, what: string) {
  return new Histogram({ name, help, labelNames: [what, 'outcome'], registers: [registry] })
}
