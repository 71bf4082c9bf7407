/** Holds docs/metrics.md against the metrics that a scrape really has. */
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { knownSeries, withMetricsTable } from '../../../../scripts/metrics-table.ts'
import { createMeasurements } from '../../../../src/commands/monitor/measure.ts'
import { createTestContext } from '../../../support/context.ts'

it('docs/metrics.md is up to date: node scripts/run.mjs scripts/write-metrics-table.ts', () => {
  const document = readFileSync('docs/metrics.md', 'utf8')
  expect(document).toBe(withMetricsTable(document))
})

it('every series of a scrape is known with its labels', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const text = await createMeasurements(ctx).text()
  const scraped = [...text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(([, name = '', labels = '']) => ({
    name,
    labels: [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
  }))
  const known = knownSeries()
  expect(scraped.length).toBeGreaterThan(150)
  const unknown = scraped.filter(
    ({ name, labels }) => !labels.every((label) => known.get(name)?.labels.has(label)) || !known.has(name),
  )
  expect(unknown).toEqual([])
})
