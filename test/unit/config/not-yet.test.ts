/** Settings that nothing uses yet: refused where they would be relied on, reported where they are addresses. */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../../src/config/file.ts'
import { unusedAddresses } from '../../../src/config/not-yet.ts'

describe('an option of the file that nothing uses yet', () => {
  it.each([
    ['bundle_include_previous_rebuilds: false', /bundle_include_previous_rebuilds: cannot be used, operator/],
  ])('is refused: %s', (text, problem) => {
    expect(() => parseSettings(text, 'x')).toThrow(problem)
  })

  it.each(['pyxis_index_image_organizations: []', 'bundle_include_previous_rebuilds: true'])(
    'is accepted when it is empty or has its default: %s',
    (text) => {
      expect(parseSettings(text, 'x')).toEqual(parseSettings('', 'x'))
    },
  )

  it('is reported together with every other problem', () => {
    expect(() => parseSettings('bundle_include_previous_rebuilds: 1\nno_such_option: 1\n', 'x')).toThrow(
      /bundle_include_previous_rebuilds: cannot.*\n.*no_such_option/,
    )
  })

  it('does not hide that the file is not a mapping', () => {
    expect(() => parseSettings('- list\n', 'x')).toThrow(/the whole file/)
  })
})

describe('an address that nothing uses yet', () => {
  it('is reported when it is set, with the reason', () => {
    expect(
      unusedAddresses({ PYXIS_URL: 'https://pyxis', FLATPAK_URL: '', ERRATA_URL: 'https://errata' }),
    ).toEqual(['PYXIS_URL is set, but nothing uses it: the catalogue is queried at PYXIS_GRAPHQL_URL'])
  })

  it('is not reported when it has its default', () => {
    const name = 'DECISION_UPDATE_DESTINATION'
    expect(unusedAddresses({ [name]: 'topic://VirtualTopic.eng.greenwave.decision.update' })).toEqual([])
    expect(unusedAddresses({ [name]: 'topic://mine' })).toHaveLength(1)
  })
})
