/** Sums over web processes never fall, whichever of them end. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createLastReports } from '../../../../src/api/processes/last-reports.ts'
import type { ProcessReport } from '../../../../src/commands/monitor/measure.ts'
import { addSeries } from '../../../../src/lib/metrics/series.ts'

/** The report of a process that has counted `count`. */
async function report(count: number, since = 1000): Promise<ProcessReport> {
  const registry = new Registry()
  const options = { help: 'any', registers: [registry] }
  new Counter({ ...options, name: 'requests_total', labelNames: ['kind'] }).inc({ kind: 'a' }, count)
  new Gauge({ ...options, name: 'open' }).set(count)
  new Histogram({ ...options, name: 'seconds', buckets: [1] }).observe(count)
  return { series: await registry.getMetricsAsJSON(), counted: { decision_failed: { value: count, since } } }
}

/** The sums over all reports: name and labels -> value. */
async function sumsOf(reports: readonly ProcessReport[]): Promise<Record<string, number>> {
  const series = (await addSeries(reports.map((each) => each.series))) as {
    name: string
    values: { metricName?: string; value: number; labels: object }[]
  }[] // as the library exports them
  return Object.fromEntries(
    series.flatMap(({ name, values }) =>
      values.map(({ metricName = name, labels, value }) => [
        `${metricName} ${JSON.stringify(labels)}`,
        value,
      ]),
    ),
  )
}

it('what ended processes have counted stays, their state does not', async () => {
  const last = createLastReports<string>()
  last.set('a', await report(1, 2000))
  last.set('b', await report(1))
  last.set('b', await report(2))
  last.set('c', await report(4))
  last.end('a')
  last.end('c')
  last.end('never reported')
  const reports = await last.of(['b', 'new'])
  expect(reports).toHaveLength(2)
  expect(reports[1]?.counted).toEqual({ decision_failed: { value: 5, since: 1000 } })
  expect(await sumsOf(reports)).toEqual({
    'requests_total {"kind":"a"}': 7,
    'open {}': 2,
    'seconds_bucket {"le":1}': 1,
    'seconds_bucket {"le":"+Inf"}': 3,
    'seconds_sum {}': 7,
    'seconds_count {}': 3,
  })
})
