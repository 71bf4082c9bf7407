/** Checks how problems of a settings file are reported: each with its line, its option, what is expected and what was found. */
import { describe, expect, it } from 'vitest'
import { fileSchema } from '../../../../src/config/file.ts'
import { inspectFile } from '../../../../src/config/options/inspect.ts'

const inspect = (text: string) => inspectFile(fileSchema, text, 'my.yaml')
const problemsOf = (text: string) => inspect(text).problems

describe('a problem in the settings file', () => {
  it.each<[text: string, problem: string]>([
    ['\nkoji_retry: often', 'my.yaml:2: koji_retry: expected a number; found "often"'],
    ['koji_retry: 1.5', 'my.yaml:1: koji_retry: expected a whole number; found 1.5'],
    ['koji_retry: -1', 'my.yaml:1: koji_retry: expected at least 0; found -1'],
    ['koji_timeout: 0', 'my.yaml:1: koji_timeout: expected more than 0; found 0'],
    ['update_base_image: yes', 'my.yaml:1: update_base_image: expected true or false; found "yes"'],
    [
      'odcs_auth_mech: password',
      'my.yaml:1: odcs_auth_mech: expected one of "", "none", "kerberos", "openidc"; found "password"',
    ],
    [
      'build_retry_delays:\n  - 0\n  - soon',
      'my.yaml:3: build_retry_delays[1]: expected a number; found "soon"',
    ],
    [
      'unpublished_exceptions:\n- registry: a\n  repository: ""',
      `my.yaml:3: unpublished_exceptions[0].repository: There is no 'repository' or it's empty in one of the UNPUBLISHED_EXCEPTIONS; found ""`,
    ],
    [
      'unpublished_exceptions:\n- repository: a',
      `my.yaml:2: unpublished_exceptions[0].registry: There is no 'registry' or it's empty in one of the UNPUBLISHED_EXCEPTIONS; found nothing`,
    ],
    [
      'image_extra_repo:\n  a-1: &url 3\n  b-1: http://b\n',
      'my.yaml:2: image_extra_repo.a-1: expected a text; found 3',
    ],
    [
      'response_headers: {A B: c}',
      'my.yaml:1: response_headers.A B: expected a header name of letters, digits and hyphens; found "***"',
    ],
    [
      'requests_verify: 3',
      'my.yaml:1: requests_verify: expected true, false or the path of a PEM file; found 3',
    ],
    [
      'trusted_proxies: [10.0.0.1, 10.0.0.0/8, ::1, fd00::/8, 10.0.0.0/33]',
      'my.yaml:1: trusted_proxies[4]: expected an IP address or CIDR range; found "10.0.0.0/33"',
    ],
    ['polling_interval: 0.01', 'my.yaml:1: polling_interval: expected at least 0.05; found 0.01'],
    ['polling_interval: 1 min', 'my.yaml:1: polling_interval: expected a number; found "1 min"'],
    ['- koji_retry', 'my.yaml:1: the whole file: expected a mapping of options to values'],
    ['koji_retry', 'my.yaml:1: the whole file: expected a mapping of options to values'],
    ['koji_retry: 1\nkoji_retry: 2', 'my.yaml:2: Map keys must be unique'],
    ['a: *b', 'my.yaml:1: Unresolved alias (the anchor must be set before the alias): b'],
  ])('%j is reported as %s', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })

  it('is reported together with all others, in the order of the lines', () => {
    const text = 'no_such: 1\npermissions: {admin: 1}\nport: x\nkoji_retry: x\nnet_timeout: 5\n'
    expect(problemsOf(text).map((problem) => problem.split(': ', 2))).toEqual([
      ['my.yaml:1', 'no_such'],
      ['my.yaml:2', 'permissions'],
      ['my.yaml:3', 'port'],
      ['my.yaml:4', 'koji_retry'],
    ])
  })

  it('does not quote a secret, and cuts a long value', () => {
    expect(problemsOf('jira_token: 12345').join()).toMatch(/expected a text; found "\*\*\*"$/)
    expect(problemsOf('koji_retry: amqp://me:hunter2@host').join()).not.toContain('hunter2')
    expect(problemsOf(`koji_retry: ${'x'.repeat(1000)}`).join()).toMatch(/found "x{59}\.\.\.$/)
  })

  it('is never an exception, also when aliases multiply', () => {
    const rows = Array.from({ length: 30 }, (_none, n) => `k${n}: [${Array(30).fill('*a').join(', ')}]`)
    expect(problemsOf(['k: &a [1, 2]', ...rows].join('\n'))).toEqual([
      expect.stringContaining('Excessive alias count'),
    ])
  })

  it.each(['koji_retry', 'handler_build_allowlist', 'no_such'])(
    'is a sentence when %s is nested very deeply',
    (option) => {
      for (const [open, close] of [
        ['[', ']'],
        ['{a: ', '}'],
      ] as const)
        expect(problemsOf(`${option}: ${open.repeat(20_000)}1${close.repeat(20_000)}`)).toEqual([
          'my.yaml:1: nested too deeply',
        ])
    },
  )
})

describe('an unknown option', () => {
  it.each<[option: string, text: string]>([
    ['requests_timout', 'is not an option; did you mean requests_timeout?'],
    ['REQUESTS_TIMEOUT', 'is not an option; did you mean requests_timeout?'],
    ['Net-Timeout', 'is not an option; did you mean net_timeout?'],
    ['HOST', 'is not an option; did you mean host?'],
    ['hort', 'is not an option; did you mean host or port?'],
    ['AMQP_URL', 'is an environment variable, not an option of this file'],
    ['make_it_faster', 'is not an option, and no option has a similar name'],
    ['__proto__', 'is not an option, and no option has a similar name'],
    ['constructor', 'is not an option, and no option has a similar name'],
  ])('%s %s', (option, text) => {
    expect(problemsOf(`${option}: 1`)).toEqual([`my.yaml:1: ${option}: ${text}`])
    expect(problemsOf(`${option}:`)).toEqual([`my.yaml:1: ${option}: ${text}`])
  })
})

describe('an option', () => {
  it('without a value is not given', () => {
    const { settings, given } = inspect('koji_retry:\ndocumentation_url: null\npermissions:\nlogging: ~\n')
    expect(given).toEqual([])
    expect(settings).toEqual(inspect('').settings)
  })

  it('without a meaning here is accepted and named with what replaces it', () => {
    const { ignored, settings } = inspect('max_thread_workers: 3\nsecret_key: [any, value]\n')
    expect(settings).toEqual(inspect('').settings)
    expect(ignored).toEqual([
      { option: 'max_thread_workers', line: 1, because: 'replaced by max_concurrent_requests' },
      { option: 'secret_key', line: 2, because: 'sessions are not used' },
    ])
  })

  it('may be [connect, read] for requests_timeout', () => {
    expect(inspect('requests_timeout: [6.1, 15]').settings?.requests_timeout).toEqual([6.1, 15])
    for (const wrong of ['[6.1]', '[1, 2, 3]', '"15"'])
      expect(problemsOf(`requests_timeout: ${wrong}`).join()).toContain(
        'requests_timeout: expected seconds, or [connect, read] in seconds, each more than 0; found ',
      )
    expect(problemsOf('requests_timeout: [0, 15]').join()).toContain('[0]: expected more than 0; found 0')
  })
})
