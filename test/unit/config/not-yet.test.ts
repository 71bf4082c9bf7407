/** Settings that nothing uses yet: refused where they would be relied on, reported where they are addresses. */
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../../src/config/file.ts'
import { unusedAddresses } from '../../../src/config/not-yet.ts'

describe('an option of the file that nothing uses yet', () => {
  it.each([
    [
      'permissions: {admin: {users: [me]}}',
      /permissions: cannot be used, requests are not authenticated yet/,
    ],
    ['auth_ldap_server: ldap://example.com', /auth_ldap_server: cannot be used/],
  ])('is refused: %s', (text, problem) => {
    expect(() => parseSettings(text, 'x')).toThrow(problem)
  })

  it.each([
    'permissions: {}',
    'auth_ldap_server: ""',
    'auth_openidc_required_scopes: [openid, https://id.fedoraproject.org/scope/groups]',
  ])('is accepted when it is empty or has its default: %s', (text) => {
    expect(parseSettings(text, 'x')).toEqual(parseSettings('', 'x'))
  })

  it('is reported together with every other problem', () => {
    expect(() => parseSettings('permissions: [me]\nno_such_option: 1\n', 'x')).toThrow(
      /permissions: cannot.*\n.*no_such_option/,
    )
  })

  it('does not hide that the file is not a mapping', () => {
    expect(() => parseSettings('- permissions\n', 'x')).toThrow(/the whole file/)
  })
})

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
