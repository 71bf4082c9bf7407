/** Settings that nothing uses yet: refused where they would be relied on, reported where they are addresses. */
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { unusedAddresses } from '../../../src/config/not-yet.ts'

describe('an option of the file that nothing uses yet', () => {
  it.each([
    [
      'permissions: {admin: {users: [me]}}',
      /permissions: cannot be used, requests are not authenticated yet/,
    ],
    ['auth_ldap_server: ldap://example.com', /auth_ldap_server: cannot be used/],
    ['bundle_include_previous_rebuilds: false', /bundle_include_previous_rebuilds: cannot be used, operator/],
  ])('is refused: %s', (text, problem) => {
    expect(() => parseSettings(text, 'x')).toThrow(problem)
  })

  it.each([
    'permissions: {}',
    'auth_ldap_server: ""',
    'bundle_include_previous_rebuilds: true',
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
  it.each([
    ['PYXIS_URL', 'the catalogue is queried at PYXIS_GRAPHQL_URL'],
    ['FLATPAK_URL', 'flatpaks are not rebuilt yet'],
    ['PRODUCT_PAGES_URL', 'operator bundles are not rebuilt yet'],
    ['DECISION_UPDATE_DESTINATION', 'changes of decisions are not published yet'],
  ])('does not stop the start, but is reported with the reason: %s', (name, reason) => {
    const env = readEnvironment({ [name]: 'https://example.com' })
    expect(unusedAddresses(env)).toEqual([`${name} is set, but has no effect in this version: ${reason}`])
  })

  it('is not reported when it is empty or unset', () => {
    expect(unusedAddresses(readEnvironment({ PYXIS_URL: '', ERRATA_URL: 'https://errata' }))).toEqual([])
  })

  it('is not reported when it has its default', () => {
    const name = 'DECISION_UPDATE_DESTINATION'
    const address = 'topic://VirtualTopic.eng.greenwave.decision.update'
    expect(unusedAddresses(readEnvironment({ [name]: address }))).toEqual([])
  })
})
