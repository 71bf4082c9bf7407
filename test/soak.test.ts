/** The verdict on a soak, and its chart. */
import { describe, expect, it } from 'vitest'
import { drawChart } from './soak/chart.ts'
import type { Sample } from './soak/sample.ts'
import { judge } from './soak/verdict.ts'

const steady = (minute: number): Sample => ({
  minute,
  memoryMiB: { ingest: 300, worker: 400, web: 350 },
  handles: { ingest: 40, worker: 90, web: 60 },
  processor: 0.9,
  lagMs: 12,
  p50Ms: 3,
  p99Ms: 20,
  waiting: 0,
})
const hour = (change: (sample: Sample) => Partial<Sample> = () => ({})) =>
  Array.from({ length: 60 }, (_none, minute) => ({ ...steady(minute), ...change(steady(minute)) }))
const missed = (samples: Sample[]) => judge(samples, 10).flatMap(({ what, met }) => (met ? [] : [what]))

describe('the verdict on a soak', () => {
  it('is good when nothing grows', () => {
    expect(missed(hour())).toEqual([])
  })

  it('does not count the warm-up', () => {
    expect(missed(hour(({ minute }) => (minute < 10 ? { p99Ms: 900 } : {})))).toEqual([])
  })

  it('names memory that grows by 5 %, by kind of process', () => {
    const growing = hour(({ minute, memoryMiB }) => ({
      memoryMiB: { ...memoryMiB, worker: 400 + (minute * 30) / 50 },
    }))
    expect(missed(growing)).toEqual(['memory of worker'])
  })

  it('names handles that leak and answers that get slower', () => {
    const leaking = hour(({ minute, handles }) => ({ handles: { ...handles, web: 60 + minute } }))
    expect(missed(leaking)).toEqual(['open handles of web'])
    expect(missed(hour(({ minute }) => ({ p99Ms: 20 + minute })))).toEqual(['p99 of a decision'])
  })

  it('needs samples after the warm-up', () => {
    expect(() => judge(hour().slice(0, 12), 10)).toThrow('Only 2 samples after the warm-up.')
  })
})

it('draws a line for each kind of process in the panels of memory and handles, and three more', () => {
  const svg = drawChart(hour(), 10)
  expect(svg.match(/<polyline/g)).toHaveLength(3 + 3 + 1 + 2)
  expect(svg).not.toContain('NaN')
})
