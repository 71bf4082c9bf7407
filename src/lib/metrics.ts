/** Counting and timing under the original metric names (spec/freshmaker 11). */
import { Counter, Histogram, Registry } from 'prom-client'

export const COUNTERS = {
  messaging_rx: 'Messages received from the bus',
  messaging_rx_ignored: 'Messages received and ignored',
  messaging_rx_processed_ok: 'Messages received that were handled',
  messaging_rx_failed: 'Messages received that could not be handled',
  messaging_tx_to_send: 'Messages written to the outbox',
  messaging_tx_sent_ok: 'Messages the broker has accepted',
  messaging_tx_failed: 'Failed attempts to send a message',
  db_engine_connect: 'Database connections opened',
  db_handle_error: 'Database errors',
  db_transaction_rollback: 'Database transactions rolled back',
  freshmaker_artifact_build_done: 'Builds that were done',
  freshmaker_artifact_build_failed: 'Builds that failed',
  freshmaker_artifact_build_canceled: 'Builds that were canceled',
  freshmaker_event_complete: 'Events that completed',
  freshmaker_event_failed: 'Events that failed',
  freshmaker_event_skipped: 'Events that were skipped',
  freshmaker_event_canceled: 'Events that were canceled',
} as const
export type CounterName = keyof typeof COUNTERS

/** What the rest of the program counts with. */
export type Metrics = {
  registry: Registry
  count(name: CounterName, by?: number): void
  /** Seconds one job of a queue took, and how it ended. */
  job(queue: string, outcome: 'done' | 'later' | 'failed', seconds: number): void
  /** Seconds one call to an outside service took, and how it ended. */
  call(service: string, outcome: string, seconds: number): void
}

/** A registry of its own, so that two contexts in one process (tests, the one-process start) do not collide. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const counters = Object.fromEntries(
    Object.entries(COUNTERS).map(([name, help]) => [
      name,
      new Counter({ name: `${name}_total`, help, registers: [registry] }),
    ]),
  ) as Record<CounterName, Counter> // one for each name, by construction
  const jobs = new Histogram({
    name: 'freshwave_job_duration_seconds',
    help: 'Time a job took',
    labelNames: ['queue', 'outcome'],
    registers: [registry],
  })
  const calls = new Histogram({
    name: 'freshwave_upstream_duration_seconds',
    help: 'Time a call to an outside service took',
    labelNames: ['service', 'outcome'],
    registers: [registry],
  })
  return {
    registry,
    count: (name, by = 1) => counters[name].inc(by),
    job: (queue, outcome, seconds) => jobs.observe({ queue, outcome }, seconds),
    call: (service, outcome, seconds) => calls.observe({ service, outcome }, seconds),
  }
}
