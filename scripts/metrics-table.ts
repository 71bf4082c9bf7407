/** The table of all metrics for docs/metrics.md, and their names and labels for checks of alert rules and dashboards. */
import { createMetrics } from '../src/lib/metrics/metrics.ts'

/** A series as it is scraped: a histogram has three. */
export type Series = { name: string; labels: ReadonlySet<string> }

/** Gauges that every process with the database reports with the same value. */
const OF_SERVICE: ReadonlySet<string> = new Set([
  'freshwave_queue_jobs',
  'freshwave_service_trouble_seconds',
  'freshwave_oldest_due_seconds',
  'freshwave_worker_silent_seconds',
  'freshwave_missed_advisories',
  'freshwave_bus_silent_seconds',
  'freshwave_tasks_in_flight',
  'freshwave_tasks_in_flight_limit',
  'freshwave_event_still_seconds',
  'freshwave_event_overdue_seconds',
])
const MARKS = { begin: '<!-- table: begin -->', end: '<!-- table: end -->' }

type Metric = { name: string; help: string; type: string; labelNames: string[] }

/** Our own metrics; those that prom-client adds about Node and the process are described by their names. */
function ownMetrics(): Metric[] {
  return allMetrics().filter(({ name }) => !/^(nodejs|process)_/.test(name))
}

function allMetrics(): Metric[] {
  const metrics = createMetrics()
  metrics.receiving(() => true)
  metrics.policyProblems(() => 0)
  // prom-client keeps these fields, but its types do not show them.
  return metrics.registries.flatMap((registry) => registry.getMetricsAsArray()) as unknown as Metric[]
}

/** Every series that a scrape may contain, by name, with its labels. */
export function knownSeries(): ReadonlyMap<string, Series> {
  const all = allMetrics().flatMap(({ name, type, labelNames }): Series[] => {
    const labels = new Set(labelNames)
    if (type !== 'histogram') return [{ name, labels }]
    return [
      { name: `${name}_sum`, labels },
      { name: `${name}_count`, labels },
      { name: `${name}_bucket`, labels: new Set([...labels, 'le']) },
    ]
  })
  return new Map(all.map((series) => [series.name, series]))
}

/** The document with its table replaced by the current one. */
export function withMetricsTable(document: string): string {
  const { begin, end } = MARKS
  const [before] = document.split(begin)
  const [, after] = document.split(end)
  return `${before}${begin}\n${table()}\n${end}${after}`
}

function table(): string {
  const rows = ownMetrics()
    .filter(({ name }) => !name.endsWith('_created'))
    .map(({ name, type, labelNames, help }) => {
      const labels = [...labelNames].sort().map((label) => `\`${label}\``)
      return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${isOfService(name) ? 'service' : 'process'} | ${help} |`
    })
  return ['| metric | type | labels | of | meaning |', '|---|---|---|---|---|', ...rows.sort()].join('\n')
}

/** Counters that have a creation time are the sums that the database keeps. */
function isOfService(name: string): boolean {
  const isSum =
    name.endsWith('_total') &&
    ownMetrics().some((metric) => metric.name === name.replace(/total$/, 'created'))
  return OF_SERVICE.has(name) || isSum
}
