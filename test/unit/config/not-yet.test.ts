/** Addresses that nothing uses yet are reported. */
import { describe, expect, it } from 'vitest'
import { unusedAddresses } from '../../../src/config/not-yet.ts'

describe('an address that nothing uses yet', () => {
  it('is reported when it is set, with the reason', () => {
    expect(
      unusedAddresses({ PYXIS_URL: 'https://pyxis', FLATPAK_URL: 'https://flatpaks', ERRATA_URL: '' }),
    ).toEqual(['FLATPAK_URL is set, but nothing uses it: flatpaks are not rebuilt yet'])
  })

  it('is not reported when it has its default', () => {
    const name = 'DECISION_UPDATE_DESTINATION'
    expect(unusedAddresses({ [name]: 'topic://VirtualTopic.eng.greenwave.decision.update' })).toEqual([])
    expect(unusedAddresses({ [name]: 'topic://mine' })).toHaveLength(1)
  })
})
