/** Checks how long a job has waited for each thing, whatever it met in between. */
import { describe, expect, it } from 'vitest'
import { nextClocks, VERIFICATION, type WaitClocks } from '../../../src/domain/wait-clocks.ts'

const clocksAfter = (clocks: WaitClocks, cause: string, now: number, answered: string[] = []) =>
  nextClocks(clocks, cause, { now, answered: new Set(answered) })

describe('the clock of a service', () => {
  it('starts with its first failure and goes on while other services fail', () => {
    const first = clocksAfter({}, 'koji', 10)
    expect(clocksAfter(clocksAfter(first, 'odcs', 20), 'koji', 30)).toEqual({ koji: 10, odcs: 20 })
  })

  it('is over when the service has answered, but not when it has failed as well', () => {
    expect(clocksAfter({ koji: 10, odcs: 20 }, 'odcs', 30, ['koji', 'odcs'])).toEqual({ odcs: 20 })
  })
})

describe('the clock of a verification', () => {
  it('goes on when it fails again', () => {
    expect(clocksAfter({ [VERIFICATION]: 10 }, VERIFICATION, 30, ['koji'])).toEqual({ [VERIFICATION]: 10 })
  })

  it('stands still while services do not answer, the time of two together counting once', () => {
    const waiting = { [VERIFICATION]: 10, koji: 20, odcs: 30 }
    expect(clocksAfter(waiting, VERIFICATION, 100, ['koji', 'odcs'])).toEqual({ [VERIFICATION]: 90 })
  })

  it('counts nothing of an outage that began before it', () => {
    expect(clocksAfter({ [VERIFICATION]: 50, koji: 20 }, VERIFICATION, 100, ['koji'])).toEqual({
      [VERIFICATION]: 100,
    })
  })
})
