/**
 * Every alert is seen firing on a real Prometheus, with the rules of the chart but shorter spans. What takes longer in
 * production than a test may (a comparison with the Errata Tool, a forecast that was wrong) is stored by the code that stores it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAULTS } from '../support/alerts/faults.ts'
import { hasPrometheus } from '../support/alerts/prometheus.ts'
import { alertRules, shortenedRules } from '../support/alerts/rules.ts'
import { type Stage, startStage } from '../support/alerts/stage.ts'
import { eventually } from '../support/eventually.ts'

/** A busy machine delays the event loop of every process, and now and then an answer: what fires then passes again. */
const BUSY = 'FreshwaveEventLoopBlocked'
/** Differences are taken over 20 s. */
const HISTORY = 'count(messaging_rx_failed_total offset 20s)'

describe.runIf(hasPrometheus)('on a running service', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage()
  })
  afterAll(() => stage.stop())

  it('nothing fires while it is well', async () => {
    await eventually(
      () => stage.prometheus.value(HISTORY),
      (found) => found !== undefined,
    )
    await eventually(
      async () => [...(await stage.prometheus.firing())],
      (alerts) => alerts.every((alert) => alert === BUSY),
    )
  })

  it.each(FAULTS)('$alert fires when $when', async ({ alert, begin, repeat, end }) => {
    const fires = async () => (await stage.prometheus.firing()).has(alert)
    if (begin) await eventually(fires, (found) => !found) // otherwise the previous fault continues
    await begin?.(stage)
    const repeated = async () => {
      await repeat?.(stage)
      return fires()
    }
    await eventually(repeated, Boolean).finally(() => end?.(stage))
  })
})

it('there is a fault for every alert', () => {
  expect(FAULTS.map(({ alert }) => alert).sort()).toEqual(
    alertRules()
      .map(({ alert }) => alert)
      .sort(),
  )
})

it('the rules are shortened in all their spans', () => {
  expect(shortenedRules()).not.toMatch(/for: \d+m|\[\d+[mh]\]|offset \d+m|\d \* 60/)
})
