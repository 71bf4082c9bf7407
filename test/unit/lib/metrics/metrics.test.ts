/** The histograms of jobs and calls: what takes minutes is distinguishable from what takes ten seconds. */
import { expect, it } from 'vitest'
import { createMetrics } from '../../../../src/lib/metrics/metrics.ts'

it.each([
  ['jobs', 'freshwave_job_duration_seconds', 'queue="discover",outcome="done"'],
  ['calls', 'freshwave_upstream_duration_seconds', 'service="pyxis",outcome="ok"'],
])('durations of %s are measured up to ten minutes', async (_what, name, labels) => {
  const metrics = createMetrics()
  for (const seconds of [9, 90, 500]) {
    metrics.job('discover', 'done', seconds)
    metrics.call('pyxis', 'ok', seconds)
  }
  const text = await metrics.render(null)
  const upTo = (limit: number) => text.match(`${name}_bucket{le="${limit}",${labels}} (\\d+)`)?.[1]
  expect([10, 120, 600].map(upTo)).toEqual(['1', '2', '3'])
})
