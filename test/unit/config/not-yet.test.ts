/** Addresses that nothing uses yet are reported. */
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { unusedAddresses } from '../../../src/config/not-yet.ts'

describe('an address that nothing uses yet', () => {
  it('does not stop the start, but is reported with the reason', () => {
    const name = 'DECISION_UPDATE_DESTINATION'
    const reason = 'changes of decisions are not published yet'
    const env = readEnvironment({ [name]: 'https://example.com' })
    expect(unusedAddresses(env)).toEqual([`${name} is set, but has no effect in this version: ${reason}`])
  })

  it('is not reported when it is empty or unset', () => {
    expect(
      unusedAddresses(
        readEnvironment({ DECISION_UPDATE_DESTINATION: undefined, ERRATA_URL: 'https://errata' }),
      ),
    ).toEqual([])
  })

  it('is not reported when it has its default', () => {
    const name = 'DECISION_UPDATE_DESTINATION'
    const address = 'topic://VirtualTopic.eng.greenwave.decision.update'
    expect(unusedAddresses(readEnvironment({ [name]: address }))).toEqual([])
  })
})
