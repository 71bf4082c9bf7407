/** Secrets in settings are hidden wherever they are; everything else is shown. */
import { describe, expect, it } from 'vitest'
import { hideSecrets } from '../../../src/config/secrets.ts'

describe('a secret', () => {
  it.each([
    ['KOJI_PASSWORD', 'hunter2', '***'],
    ['jira_token', 'hunter2', '***'],
    ['secret_key', 1234, '***'],
    ['DATABASE_URL', 'postgres://me:hunter2@host/db', 'postgres://me:***@host/db'],
    ['DATABASE_URL', 'postgres://me@host/db?password=hunter2&x=1', 'postgres://me@host/db?password=***&x=1'],
    ['REDIS_URL', 'rediss://:hunter2@host', 'rediss://:***@host'],
    ['AMQP_URL', ['amqp://a:hunter2@b', 'amqp://c:hunter@2@d'], ['amqp://a:***@b', 'amqp://c:***@d']],
    [
      'remote_rule_policies',
      { '*': 'https://hunter2@git/{rev}?private_token=hunter2' },
      { '*': 'https://***@git/{rev}?private_token=***' },
    ],
    ['image_extra_repo', { 'a-1': 'https://me:hunter2@host' }, { 'a-1': 'https://me:***@host' }],
    ['anything', { inner: [{ Password: 'hunter2' }] }, { inner: [{ Password: '***' }] }],
    ['tokens', { a: ['hunter2'] }, { a: ['***'] }],
    ['response_headers', { 'X-Gateway': 'hunter2' }, { 'X-Gateway': '***' }],
    ['response_headers.X-Gateway', 'hunter2', '***'],
  ])('in %s is hidden: %j', (name, value, shown) => {
    expect(hideSecrets(name, value)).toEqual(shown)
  })
})

describe('what is not a secret', () => {
  it.each([
    ['jira_token', ''],
    ['pyxis_private_key', '/path/of/a.key'],
    ['krb_auth_principal', 'HTTP/host@REALM'],
    ['ERRATA_URL', 'https://host:8080/a@b?c=d'],
    ['odcs_sigkeys', ['fd431d51']],
    ['requests_verify', true],
    ['response_headers', { 'Strict-Transport-Security': 'max-age=1' }],
    ['REDIS_URL', null],
  ])('in %s is shown: %j', (name, value) => {
    expect(hideSecrets(name, value)).toEqual(value)
  })
})
