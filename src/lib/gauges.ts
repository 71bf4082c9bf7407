/** Metrics that show a state as it is now: jobs, trouble, silence, open streams. */
import { Gauge, type Registry } from 'prom-client'

/** The streams that clients may keep open. */
export type StreamKind = 'decision' | 'events'

/** Seconds by what they are about. */
type Ages = readonly { name: string; seconds: number }[]

/** As the rest of the program sets them; what a list leaves out is no longer shown. */
export type Gauges = {
  /** Jobs of a queue in a state, as just counted. */
  queueJobs(queue: string, state: string, jobs: number): void
  /** Seconds each service has been in trouble; services that are not listed are well. */
  troubles(current: readonly { service: string; blame: string; seconds: number }[]): void
  /** Seconds since the oldest due row of each queue is due (0: nothing is due), and since each worker's last sign of life. */
  silence(of: { queues: Ages; workers: Ages; missedAdvisories: number }): void
  /** Streams of a kind that were opened, or with a negative number closed. */
  streams(kind: StreamKind, opened: number): void
}

/** Adds the gauges: to `common` those that every process reads from the stores, to `own` what it knows by itself. */
export function addGauges(common: Registry, own: Registry): Gauges {
  const add = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [common] })
  const queueJobs = add('freshwave_queue_jobs', 'Jobs by queue and state', 'queue', 'state')
  const troubles = add(
    'freshwave_service_trouble_seconds',
    'Time since an outside service, or our account there, got into trouble',
    'service',
    'blame',
  )
  const oldestDue = add(
    'freshwave_oldest_due_seconds',
    'Time since the oldest due row of a queue is due',
    'queue',
  )
  const workers = add(
    'freshwave_worker_silent_seconds',
    'Time since the last sign of life of a worker',
    'worker',
  )
  const missed = add('freshwave_missed_advisories', 'Shipped advisories without an event, as last compared')
  const streams = new Gauge({
    name: 'freshwave_open_streams',
    help: 'Streams that clients have open',
    labelNames: ['kind'],
    registers: [own],
  })
  return {
    queueJobs: (queue, state, count) => queueJobs.set({ queue, state }, count),
    troubles: (current) => {
      troubles.reset()
      for (const { service, blame, seconds } of current) troubles.set({ service, blame }, seconds)
    },
    silence: (of) => {
      workers.reset()
      for (const { name, seconds } of of.queues) oldestDue.set({ queue: name }, seconds)
      for (const { name, seconds } of of.workers) workers.set({ worker: name }, seconds)
      missed.set(of.missedAdvisories)
    },
    streams: (kind, opened) => streams.inc({ kind }, opened),
  }
}
