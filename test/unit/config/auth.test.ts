/** Checks what logins need of the settings. */
import { describe, expect, it } from 'vitest'
import { authProblems, authWarnings, unusedAccounts } from '../../../src/config/auth.ts'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'

const settings = (AUTH_BACKEND: string, file = '', env: Record<string, string> = {}) => ({
  env: readEnvironment({ AUTH_BACKEND, ...env }),
  file: parseSettings(file, 'x'),
})
const LDAP = 'auth_ldap_server: ldap://ldap.example.com\nauth_ldap_user_base: ou=users\n'
const PROXY = 'trusted_proxies: [10.0.0.1]\n'

describe('a login that cannot work', () => {
  it.each([
    [
      'kerberos',
      '',
      'Invalid configuration for kerberos authentication. Not set: auth_ldap_server, auth_ldap_user_base',
    ],
    [
      'kerberos_or_ssl',
      'auth_ldap_user_base: ou=users',
      'Invalid configuration for kerberos authentication. Not set: auth_ldap_server',
    ],
    [
      'openidc',
      'auth_openidc_userinfo_uri: ""',
      'AUTH_BACKEND: openidc needs auth_openidc_issuer or auth_openidc_userinfo_uri',
    ],
    [
      'openidc',
      'auth_openidc_issuer: https://id.example.com',
      'auth_openidc_issuer: needs auth_openidc_audience, or tokens issued for other services would be accepted',
    ],
    ['noauth', 'read_requires_login: true', 'read_requires_login: needs an AUTH_BACKEND other than noauth'],
    ['noauth', 'odcs_auth_mech: openidc', 'odcs_auth_mech: openidc needs odcs_openidc_token'],
  ])('stops the start: %s, %s', (backend, file, problem) => {
    expect(authProblems(settings(backend, file))).toEqual([problem])
  })

  it.each([
    ['noauth', ''],
    ['kerberos', LDAP],
    ['ssl', ''],
    ['kerberos_or_ssl', LDAP],
    ['openidc', ''],
    ['openidc', 'auth_openidc_issuer: https://id.example.com\nauth_openidc_audience: freshwave'],
    ['ssl', 'read_requires_login: true'],
  ])('is not reported with all that %s needs: %j', (backend, file) => {
    expect(authProblems(settings(backend, file))).toEqual([])
  })

  it.each([
    'auth_ldap_server: ldap.example.com',
    'auth_ldap_server: http://ldap.example.com',
    'auth_ldap_server: ldap://ldap.example.com/dc=example',
    'auth_openidc_issuer: id.example.com',
    'auth_openidc_jwks_uri: file:///etc/keys',
    'auth_openidc_algorithms: [HS256]',
    'auth_openidc_algorithms: [none]',
    'auth_openidc_algorithms: []',
    'auth_proxy_headers: {user: "X Remote"}',
    'auth_proxy_headers: {users: X-Remote}',
  ])('includes an option that cannot be what it should be: %s', (file) => {
    expect(() => parseSettings(file, 'x')).toThrow(file.split(':')[0])
  })
})

describe('a token for Jira', () => {
  it.each([
    ['', '', []],
    ['jira_token: a', 'https://jira.example.com', []],
    ['jira_token: a', '', [expect.stringMatching(/^jira_token is set, but JIRA_URL is not /)]],
  ])('is reported where it is not used: %j with %s', (file, JIRA_URL, warnings) => {
    expect(unusedAccounts(settings('noauth', file, { JIRA_URL }))).toEqual(warnings)
  })
})

describe('a login that no caller can pass', () => {
  it.each([
    ['kerberos', LDAP, {}, ['AUTH_BACKEND is kerberos, but trusted_proxies is empty: no caller can log in']],
    ['kerberos', LDAP + PROXY, {}, []],
    [
      'ssl',
      '',
      {},
      ['AUTH_BACKEND is ssl, but neither trusted_proxies nor TLS_CLIENT_CA is set: no caller can log in'],
    ],
    ['ssl', PROXY, {}, []],
    ['ssl', '', { TLS_CERT: 'a', TLS_KEY: 'b', TLS_CLIENT_CA: 'c' }, []],
    ['openidc', '', {}, []],
  ])('is reported: %s, %s, %j', (backend, file, env, warnings) => {
    expect(authWarnings(settings(backend, file, env))).toEqual(warnings)
  })
})
