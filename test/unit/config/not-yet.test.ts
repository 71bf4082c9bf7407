/** Addresses that nothing uses yet are reported. */
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { unusedAddresses } from '../../../src/config/not-yet.ts'

describe('an address that nothing uses yet', () => {
  it.each([['FLATPAK_URL', 'flatpaks are not rebuilt yet']])(
    'does not stop the start, but is reported with the reason: %s',
    (name, reason) => {
      const env = readEnvironment({ [name]: 'https://example.com' })
      expect(unusedAddresses(env)).toEqual([`${name} is set, but has no effect in this version: ${reason}`])
    },
  )

  it('is not reported when it is empty or unset', () => {
    expect(unusedAddresses(readEnvironment({ FLATPAK_URL: '', ERRATA_URL: 'https://errata' }))).toEqual([])
  })
})
