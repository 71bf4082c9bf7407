/** The series of several processes, as the metrics library exports them. */
import { AggregatorRegistry } from 'prom-client'

/** Series of one process. */
export type Series = readonly object[]

const COUNTING: readonly unknown[] = ['counter', 'histogram']

/** Adds them up, each metric by its own rule. */
export function addSeries(all: readonly Series[]): Promise<object[]> {
  return AggregatorRegistry.aggregate(all.map((series) => [...series])).getMetricsAsJSON()
}

/** The series that only grow while the process runs. */
export function countsIn(series: Series): object[] {
  return series.filter((metric) => COUNTING.includes(Reflect.get(metric, 'type')))
}
