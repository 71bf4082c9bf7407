/** The line on when an event will be done. */
import { expect, it } from 'vitest'
import { forecastLines } from '../../../../src/cli/text/forecast-text.ts'

const at = new Date(2026, 10, 28, 13, 5)

it('gives the likely and the latest time of the day', () => {
  const forecast = { at, p50: new Date(2026, 10, 28, 14, 20), p90: new Date(2026, 10, 28, 14, 55) }
  expect(forecastLines(forecast)).toEqual(['done about 14:20, 14:55 at the latest (90 %)'])
})

it('gives the day too where it is another one', () => {
  const forecast = { at, p50: new Date(2026, 10, 28, 23, 59), p90: new Date(2026, 10, 29, 1, 3) }
  expect(forecastLines(forecast)).toEqual(['done about 23:59, 2026-11-29 01:03 at the latest (90 %)'])
})

it('is left out when nothing is open', () => {
  expect(forecastLines({ at, p50: null, p90: null })).toEqual([])
})
