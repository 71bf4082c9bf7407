/** The environment: defaults, lists, and all problems reported at once without secrets. */
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/env.ts'
import { BadSettings } from '../../../src/lib/errors.ts'

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    readEnvironment(env)
    return []
  } catch (error) {
    if (error instanceof BadSettings) return error.problems
    throw error
  }
}

describe('an empty environment', () => {
  it('means loopback, and no services', () => {
    expect(readEnvironment({})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8080,
      PUBLIC_URL: 'http://127.0.0.1:8080',
      DATA_DIR: './.freshwave',
      AMQP_URL: [],
      AMQP_TOPIC_PREFIX: 'topic://VirtualTopic.eng.freshmaker',
      KOJI_AUTH: 'none',
      AUTH_BACKEND: 'noauth',
      POLL_INTERVAL_MS: 60_000,
      DRY_RUN: false,
      LOG_LEVEL: 'info',
    })
  })

  it('is the same as one with empty variables', () => {
    const empty = {
      DATABASE_URL: '',
      REDIS_URL: '',
      AMQP_URL: '',
      AMQP_SOURCES: '',
      ERRATA_URL: '',
      DRY_RUN: '',
    }
    expect(readEnvironment(empty)).toEqual(readEnvironment({}))
  })
})

describe('values', () => {
  it('are split at commas for lists', () => {
    const env = { AMQP_URL: 'amqp://a:5672, amqps://b:5671', AMQP_SOURCES: 'queue://x , queue://y,' }
    expect(readEnvironment(env)).toMatchObject({
      AMQP_URL: ['amqp://a:5672', 'amqps://b:5671'],
      AMQP_SOURCES: ['queue://x', 'queue://y'],
    })
  })

  it('lose the trailing slash of a URL, except where the server may require it', () => {
    const env = {
      ERRATA_URL: 'https://errata.example.com/',
      GIT_BASE_URL: 'git://dist-git.example.com/',
      PYXIS_GRAPHQL_URL: 'https://pyxis.example.com/graphql/',
    }
    expect(readEnvironment(env)).toMatchObject({
      ERRATA_URL: 'https://errata.example.com',
      GIT_BASE_URL: 'git://dist-git.example.com',
      PYXIS_GRAPHQL_URL: 'https://pyxis.example.com/graphql/',
    })
  })

  it('may be an address with a query only where nothing is appended to it', () => {
    const address = 'https://me:password@pyxis.example.com/graphql/?key=1'
    expect(readEnvironment({ PYXIS_GRAPHQL_URL: address }).PYXIS_GRAPHQL_URL).toBe(address)
    expect(
      problemsOf({ PYXIS_URL: address, RESULTSDB_API_URL: 'http://results/api/v2.0#', ODCS_URL: 'odcs' }),
    ).toEqual([
      'PYXIS_URL: must have neither ? nor #, because paths are appended to it',
      'ODCS_URL: must be an http or https URL',
      'RESULTSDB_API_URL: must have neither ? nor #, because paths are appended to it',
    ])
  })

  it.each(['1', 'true', 'True', 'TRUE'])('accept %s as true', (DRY_RUN) => {
    expect(readEnvironment({ DRY_RUN }).DRY_RUN).toBe(true)
  })
})

describe('bad settings', () => {
  it('are all reported at once, including conflicts between variables', () => {
    const problems = problemsOf({
      PORT: 'eighty',
      REDIS_URL: 'localhost:6379',
      HOST: '0.0.0.0',
      KOJI_AUTH: 'password',
      POLL_INTERVAL_MS: '3',
      DRY_RUN: 'perhaps',
    })
    for (const name of ['PORT', 'REDIS_URL', 'AUTH_BACKEND', 'KOJI_AUTH', 'POLL_INTERVAL_MS', 'DRY_RUN'])
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1)
  })

  it.each([
    ['PORT', ' ', 'PORT: expected a number'],
    ['WEB_CONCURRENCY', '\t', 'WEB_CONCURRENCY: expected a number'],
    ['METRICS_PORT', 'x', 'METRICS_PORT: expected a number'],
    ['PORT', '80.5', 'PORT: expected a whole number'],
    ['PORT', '65536', 'PORT: expected at most 65535'],
    ['AMQP_URL', 'amqp://a:1,b:2', 'AMQP_URL: number 2: must be amqp://'],
    ['DATABASE_URL', 'postgres://h/d?sslmode=verify_full', 'DATABASE_URL: sslmode must be one of disable, '],
  ])('name the variable and what it may be: %s=%j', (name, value, problem) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(problem)
  })

  it('never quote a secret', () => {
    const secret = 'hunter2'
    const env = {
      AMQP_URL: `http://me:${secret}@broker`,
      DATABASE_URL: `mysql://me:${secret}@db/x`,
      KOJI_PASSWORD: secret,
    }
    const problems = problemsOf({ ...env, KOJI_AUTH: 'password' })
    expect(problems.length).toBeGreaterThanOrEqual(3)
    expect(problems.join()).not.toContain(secret)
  })

  it.each([
    [{ HOST: '0.0.0.0' }, 'noauth is refused'],
    [{ HOST: '127.0.0.1.example.com' }, 'noauth is refused'],
    [{ HOST: '' }, 'HOST: '],
    [{ AUTH_BACKEND: 'ldap' }, 'AUTH_BACKEND: Unknown backend name ldap.'],
    [{ AUTH_BACKEND: '' }, 'AUTH_BACKEND: Unknown backend name .'],
    [{ TLS_CERT: '/a.pem' }, 'TLS_CERT and TLS_KEY: set both or neither'],
    [{ TLS_CLIENT_CA: '/a.pem' }, 'TLS_CLIENT_CA: set, but TLS_CERT and TLS_KEY are not'],
    [{ LDAP_BIND_DN: 'cn=reader' }, 'LDAP_BIND_DN and LDAP_BIND_PASSWORD: set both or neither'],
    [{ AMQP_SOURCES: 'queue://x' }, 'AMQP_URL is not'],
    [
      { AMQP_URL: 'amqp://a,amqp://me:50%off@b' },
      'AMQP_URL: number 2: user and password must be percent-encoded',
    ],
    [{ DATABASE_URL: 'postgres://me:50%off@b/c' }, 'DATABASE_URL: user and password must be percent-encoded'],
    [{ REDIS_URL: 'redis://b/queues' }, 'REDIS_URL: the database must be a number: redis://host:port/1'],
    [{ REDIS_URL: 'redis://:50%off@b' }, 'REDIS_URL: user and password must be percent-encoded'],
    [{ AMQP_CERT: '/a.pem' }, 'set both or neither'],
    [{ REDIS_URL: 'rediss://b', REDIS_KEY: '/a.key' }, 'REDIS_CERT and REDIS_KEY: set both or neither'],
    [{ REDIS_URL: 'redis://b', REDIS_CA: '/a.pem' }, 'set, but REDIS_URL is not rediss://...'],
    [{ REMOTE_RULE_POLICIES: '{' }, 'must be a JSON object'],
  ])('%j: %s', (env, text) => {
    expect(problemsOf(env).join()).toContain(text)
  })

  it('do not include a public address with ALLOW_NOAUTH or with authentication', () => {
    expect(problemsOf({ HOST: '0.0.0.0', ALLOW_NOAUTH: '1' })).toEqual([])
    expect(problemsOf({ HOST: '0.0.0.0', AUTH_BACKEND: 'kerberos' })).toEqual([])
  })
})
