/** The line on when an event will be done. */
import { expect, it } from 'vitest'
import { forecastLines, forecastSchema } from '../../../../src/cli/text/forecast-text.ts'

const at = new Date(2026, 10, 28, 13, 5)
const counts = { rebuilt: 0, may_go_out: null }

it('the line gives the likely and the latest time of the day', () => {
  const forecast = { at, counts, p50: new Date(2026, 10, 28, 14, 20), p90: new Date(2026, 10, 28, 14, 55) }
  expect(forecastLines(forecast)).toEqual(['done about 14:20, 14:55 at the latest (90 %)'])
})

it('the line gives the day too when it is not today', () => {
  const forecast = { at, counts, p50: new Date(2026, 10, 28, 23, 59), p90: new Date(2026, 10, 29, 1, 3) }
  expect(forecastLines(forecast)).toEqual(['done about 23:59, 2026-11-29 01:03 at the latest (90 %)'])
})

it('the line is left out when nothing is open', () => {
  expect(forecastLines({ at, counts, p50: null, p90: null })).toEqual([])
})

it('the line shows how many of the rebuilt images may go out, where that is known', () => {
  const lines = (answer: object) =>
    forecastLines(forecastSchema.parse({ at: '2026-11-28T12:00:00Z', p50: null, p90: null, ...answer }))
  expect(lines({ counts: { rebuilt: 31, may_go_out: 28 } })).toEqual(['28 of 31 rebuilt images may go out'])
  expect(lines({ counts: { rebuilt: 31, may_go_out: null } })).toEqual([])
  expect(lines({ counts: { rebuilt: 31 } })).toEqual([])
  expect(lines({ counts: { rebuilt: 0, may_go_out: 0 } })).toEqual([])
})
