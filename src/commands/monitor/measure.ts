/** Takes the metrics of this process and of the whole service, in the Prometheus text format (behaviour/freshmaker 11). */
import type { Context, GateContext } from '../../context.ts'
import { readCounters } from '../../db/counts/metric-counters.ts'
import { serverVersion } from '../../db/orm.ts'
import { JOB_STATES } from '../../db/queries/pages/job-counts.ts'
import { tasksInFlightByTarget } from '../../db/queries/running-tasks.ts'
import { serviceTroubles } from '../../db/queries/service-troubles.ts'
import { openEventAges } from '../../db/queries/silence/open-events.ts'
import { judgeSilence } from '../../domain/silence.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import { messageOf, NotReady } from '../../lib/errors.ts'
import type { CounterSums } from '../../lib/metrics/counters.ts'
import { addSeries } from '../../lib/metrics/series.ts'
import { countJobs } from '../count-jobs.ts'
import { SHARE_DONE } from '../forecast/record-forecasts.ts'
import { gatherSigns, silenceLimits } from '../gather-signs.ts'
import { taskLimits } from '../task-limit.ts'

const PATIENCE_MS = 2000
/** A process that alone has lost the database would otherwise hide forever what the others see. */
const STALE_MS = 60_000

/** The context of a process that may do without database, queues and bus. */
export type MonitorContext = GateContext & Partial<Context>

/** What one process has measured by itself: its series as the metrics library exports them, and what it counted without a database. */
export type ProcessReport = {
  series: object[]
  /** By counter; `since` in milliseconds since 1970. */
  counted: Record<string, { value: number; since: number }>
}

/** Returns what the other web processes on the port report; they also learn what this one has reported. */
export type Collect = (own: ProcessReport) => Promise<ProcessReport[]>

/** `text` measures and adds what other processes report; `report` is what this one has for them. */
export type Measurements = {
  /** @throws NotReady when the other processes cannot be reached */
  text(collect?: Collect): Promise<string>
  report(): Promise<ProcessReport>
}

/**
 * Returns functions that measure. What concerns the whole service is the same in every process that has
 * the database. If a store does not answer within two seconds, its metrics keep their previous values, those of the database for a
 * minute; counters that were never read are left out, since 0 would look like a restart, and the sum after it like an increase.
 */
export function createMeasurements(ctx: MonitorContext): Measurements {
  const readSums = sumsReader(ctx)
  let sums: CounterSums | null = null
  let answeredAt = ctx.now()
  const warn = (error: unknown) => ctx.log.warn({ reason: messageOf(error) }, 'metrics are incomplete')
  const inTime = (work: Promise<void>) => withinTime(work, PATIENCE_MS).catch(warn)
  let [begun, shown] = [0, 0]
  const measureSums = async () => {
    const reading = ++begun
    if (ctx.db) await serverVersion(ctx.db)
    const read = await readSums()
    answeredAt = ctx.now()
    if (reading < shown) return // a later one was faster: the sums would fall
    shown = reading
    sums = read
  }
  const report = async () => ({
    series: await ctx.metrics.ownSeries(),
    counted: ctx.db ? {} : plainSums(await readSums()),
  })
  return {
    async text(collect) {
      const own = collect && (await report())
      let others: ProcessReport[] = []
      const collectOthers = async () => {
        if (own && collect) others = await collect(own).catch(refuseOwnAlone)
      }
      await Promise.all([
        measureStore(ctx, 'database', ctx.db && measureSums),
        measureStore(ctx, 'queues', ctx.queues && (() => measureQueues(ctx))),
        ...(ctx.db ? [] : [inTime(measureSums())]),
        inTime(measureTroubles(ctx)),
        inTime(measureSilence(ctx)),
        inTime(measureWork(ctx)),
        collectOthers(),
      ])
      if (ctx.db && ctx.now().getTime() - answeredAt.getTime() > STALE_MS) ctx.metrics.forgetService()
      // What is shown of this process is what the others know of it: the sum must not fall when it ends.
      const reports = own ? [own, ...others] : []
      const known: CounterSums | null = own && !ctx.db ? new Map() : sums
      return ctx.metrics.render(
        known && addSums(known, reports),
        reports.map(({ series }) => series),
      )
    },
    report,
  }

  /** Measures what is in a store, and thereby whether it answers. */
  async function measureStore(
    { metrics }: MonitorContext,
    store: 'database' | 'queues',
    measure: (() => Promise<void>) | undefined,
  ): Promise<void> {
    if (!measure) return
    const answers = await withinTime(measure(), PATIENCE_MS).then(
      () => true,
      (error: unknown) => {
        warn(error)
        return false
      },
    )
    metrics.storeAnswers(store, answers)
  }
}

/** The measurements of this process alone would look like a restart of all, and the next scrape like an increase by everything. */
function refuseOwnAlone(error: unknown): never {
  const detail = `The metrics of the other web processes cannot be added: the process that started them does not answer`
  throw new NotReady(`${detail} (${messageOf(error)}).`, PATIENCE_MS)
}

/** The sums of all processes from their database, or those of this process where it has none. */
function sumsReader({ db, metrics, now }: MonitorContext): () => Promise<CounterSums> {
  if (db) return () => readCounters({ db, metrics })
  const since = now()
  return async () =>
    new Map(Object.entries(metrics.increments()).map(([name, value]) => [name, { value: value ?? 0, since }]))
}

function plainSums(sums: CounterSums): ProcessReport['counted'] {
  return Object.fromEntries(
    [...sums].map(([key, { value, since }]) => [key, { value, since: since.getTime() }]),
  )
}

/** The sum of the reports of several processes. */
export async function addReports(reports: readonly ProcessReport[]): Promise<ProcessReport> {
  const series = await addSeries(reports.map((report) => report.series))
  return { series, counted: plainSums(addSums(new Map(), reports)) }
}

/** Only processes without a database report what they have counted: else all read the same sums. */
function addSums(own: CounterSums, reports: readonly ProcessReport[]): CounterSums {
  const sums = new Map(own)
  for (const [key, { value, since }] of reports.flatMap(({ counted }) => Object.entries(counted))) {
    const known = sums.get(key)
    const earliest = Math.min(since, known?.since.getTime() ?? since)
    sums.set(key, { value: value + (known?.value ?? 0), since: new Date(earliest) })
  }
  return sums
}

async function measureTroubles({ db, metrics, now }: MonitorContext): Promise<void> {
  if (!db) return
  const troubles = await serviceTroubles(db.fork())
  metrics.troubles(
    troubles.map(({ service, blame, since }) => ({ service, blame, seconds: secondsSince(since, now()) })),
  )
}

async function measureSilence({ db, metrics, now, settings }: MonitorContext): Promise<void> {
  if (!db) return
  const signs = await gatherSigns({ db, now, settings })
  const bus = judgeSilence(signs, silenceLimits({ settings }), now()).find(({ kind }) => kind === 'bus')
  metrics.silence({
    queues: Object.entries(signs.oldestDue).map(([name, since]) => ({
      name,
      seconds: secondsSince(since, now()),
    })),
    workers: signs.workers.map(({ host, pid, seenAt }) => ({
      name: `${host}:${pid}`,
      seconds: secondsSince(seenAt, now()),
    })),
    missedAdvisories: signs.watch?.missed.length ?? 0,
    busSeconds: secondsSince(bus?.since ?? null, now()),
  })
}

async function measureWork({ db, metrics, now, settings }: MonitorContext): Promise<void> {
  if (!db) return
  const [tasks, events] = await Promise.all([
    tasksInFlightByTarget(db.fork(), now()),
    openEventAges(db.fork(), now(), SHARE_DONE),
  ])
  metrics.work({ tasks, limits: taskLimits({ settings }), ...events })
}

async function measureQueues({ queues, db, jobCounts, metrics }: MonitorContext): Promise<void> {
  if (!queues || !db || !jobCounts) return
  await queues.check()
  for (const [name, jobs] of await countJobs({ queues, db, jobCounts }))
    for (const state of JOB_STATES) metrics.queueJobs(name, state, jobs[state])
}

function secondsSince(since: Date | null, now: Date): number {
  return since ? Math.max(0, (now.getTime() - since.getTime()) / 1000) : 0
}
