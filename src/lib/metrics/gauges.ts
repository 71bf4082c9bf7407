/** Metrics that show a state as it is now: jobs, trouble, silence, work in flight, open streams. */
import { Gauge, type Registry } from 'prom-client'

/** The streams that clients may keep open. */
export type StreamKind = 'decision' | 'events'

/** Seconds by name of a queue or of a worker process. */
type Ages = readonly { name: string; seconds: number }[]

/** The functions that set them; what a list leaves out is no longer shown. */
export type Gauges = {
  /** Jobs of a queue in a state, as just counted. */
  queueJobs(queue: string, state: string, jobs: number): void
  /** Seconds each service has been in trouble; services that are not listed are well. */
  troubles(current: readonly { service: string; blame: string; seconds: number }[]): void
  /**
   * Seconds since the oldest due row of each queue became due (0: nothing is due), since each worker's last sign of life, and
   * since the bus became silent (0: it is not).
   */
  silence(signs: { queues: Ages; workers: Ages; missedAdvisories: number; busSeconds: number }): void
  /** Tasks in flight by target with the limits on them, and the longest of the seconds of open events. */
  work(state: {
    tasks: ReadonlyMap<string, number>
    limits: { all: number; eachTarget: number } | undefined
    stillS: number
    overdueS: number
  }): void
  /** Removes everything that is read from the database until it is set again. */
  forgetService(): void
  /** Whether a store answered just now. */
  storeAnswers(store: 'database' | 'queues', answers: boolean): void
  /** Shows from now on whether this process receives from all its sources on the bus. */
  receiving(isReceiving: () => boolean): void
  /** Shows from now on how many problems keep this process from using a change of the policies. */
  policyProblems(count: () => number): void
  /** What this process is. */
  process(name: string, version: string): void
  /** Streams of a kind that were opened, or with a negative number closed. */
  streams(kind: StreamKind, opened: number): void
}

/** Adds the gauges: to `common` those that every process reads from the stores, to `own` those of the process itself. */
export function addGauges(common: Registry, own: Registry): Gauges {
  const add = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [common] })
  const queueJobs = add(
    'freshwave_queue_jobs',
    'Jobs by queue and state; with queues in PostgreSQL 10001 stands for any number above 10000',
    'queue',
    'state',
  )
  const troubles = add(
    'freshwave_service_trouble_seconds',
    'How long an outside service, or our account there, has been in trouble',
    'service',
    'blame',
  )
  const oldestDue = add('freshwave_oldest_due_seconds', 'Age of the oldest due row of a queue', 'queue')
  const workers = add(
    'freshwave_worker_silent_seconds',
    'Time since the last sign of life of a worker',
    'worker',
  )
  const missed = add('freshwave_missed_advisories', 'Shipped advisories without an event, as last compared')
  const busSilent = add(
    'freshwave_bus_silent_seconds',
    'Time since the last message about a shipped advisory, if some have shipped since; 0: the bus is not silent',
  )
  const { work, forgetWork } = addWork(add)
  const stores = add('freshwave_store_up', 'Whether a store answered this scrape', 'store')
  const info = new Gauge({
    name: 'freshwave_process_info',
    help: 'Kind and version of the process; always 1',
    labelNames: ['process', 'version'],
    aggregator: 'first',
    registers: [own],
  })
  const streams = new Gauge({
    name: 'freshwave_open_streams',
    help: 'Open client streams',
    labelNames: ['kind'],
    registers: [own],
  })
  const receivers: (() => boolean)[] = []
  return {
    queueJobs: (queue, state, count) => queueJobs.set({ queue, state }, count),
    troubles: (current) => {
      troubles.reset()
      for (const { service, blame, seconds } of current) troubles.set({ service, blame }, seconds)
    },
    silence: ({ queues, workers: processes, missedAdvisories, busSeconds }) => {
      workers.reset()
      for (const { name, seconds } of queues) oldestDue.set({ queue: name }, seconds)
      for (const { name, seconds } of processes) workers.set({ worker: name }, seconds)
      missed.set(missedAdvisories)
      busSilent.set(busSeconds)
    },
    work,
    forgetService: () => {
      for (const gauge of [troubles, oldestDue, workers]) gauge.reset()
      for (const gauge of [missed, busSilent]) gauge.remove()
      forgetWork()
    },
    storeAnswers: (store, answers) => stores.set({ store }, Number(answers)),
    receiving: (isReceiving) => {
      receivers.push(isReceiving)
      if (receivers.length === 1) addReceiving(own, receivers)
    },
    policyProblems: (count) => addPolicyProblems(own, count),
    process: (name, version) => info.set({ process: name, version }, 1),
    streams: (kind, opened) => streams.inc({ kind }, opened),
  }
}

/** Added only in processes that receive; 1 while any of their receptions has all its sources. */
function addReceiving(own: Registry, receivers: readonly (() => boolean)[]): void {
  new Gauge({
    name: 'freshwave_bus_receiving',
    help: 'Whether this process receives from all its sources on the bus',
    registers: [own],
    collect() {
      this.set(Number(receivers.some((isReceiving) => isReceiving())))
    },
  })
}

function addPolicyProblems(own: Registry, count: () => number): void {
  new Gauge({
    name: 'freshwave_policy_problems',
    help: 'Problems of a change of the policies that this process cannot use; 0: the policies in force are those of the files',
    aggregator: 'max',
    registers: [own],
    collect() {
      this.set(count())
    },
  })
}

type Add = (name: string, help: string, ...labelNames: string[]) => Gauge

function addWork(add: Add): { work: Gauges['work']; forgetWork: () => void } {
  const tasks = add(
    'freshwave_tasks_in_flight',
    'Tasks in the build system, including submissions in progress',
    'target',
  )
  const limits = add(
    'freshwave_tasks_in_flight_limit',
    'Maximum number of tasks at a time, in total or per target',
    'scope',
  )
  const still = add(
    'freshwave_event_stalled_seconds',
    'Longest time in which no task of an open event has started or ended',
  )
  const overdue = add(
    'freshwave_event_overdue_seconds',
    'How far the most overdue open event is past the P90 forecast made after a tenth of its work',
  )
  const work: Gauges['work'] = ({ tasks: inFlight, limits: max, stillS, overdueS }) => {
    tasks.reset()
    for (const [target, count] of inFlight) tasks.set({ target }, count)
    for (const [name, limit] of [
      ['all', max?.all],
      ['target', max?.eachTarget],
    ] as const)
      if (limit !== undefined && Number.isFinite(limit)) limits.set({ scope: name }, limit)
    still.set(stillS)
    overdue.set(overdueS)
  }
  const forgetWork = () => {
    for (const gauge of [tasks, limits]) gauge.reset()
    for (const gauge of [still, overdue]) gauge.remove()
  }
  return { work, forgetWork }
}
