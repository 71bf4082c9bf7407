/** The other routes of the gate: checks of rule files, lists, version, JSONP and headers (behaviour/greenwave 5; cases A35 to A38). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_REQUEST, startGate, type TestGate } from '../../../../support/gate/gate.ts'

const SITE = 'https://dashboard.example.com'
let gate: TestGate
let version: string
beforeAll(async () => {
  gate = await startGate({ file: `cors_url: ${SITE}\ndocumentation_url: https://docs.example.com` })
  version = (await gate.send('about')).json.version
})
afterAll(() => gate.stop())

const validate = (text: string | Uint8Array<ArrayBuffer>) =>
  gate.send('validate-gating-yaml', { method: 'POST', body: text })
const file = (...contexts: string[]) =>
  contexts
    .map(
      (context) =>
        `--- !Policy\ndecision_context: ${context}\nrules: [!PassingTestCaseRule {test_case_name: t}]\n`,
    )
    .join('')

describe('checking a rule file', () => {
  it.each([
    ['A35', 'a good one', file('container-image-test'), 200, 'All OK'],
    ['A35', 'an empty one', '', 400, 'No policies defined'],
    ['A35', 'a number', '--- !Policy\n42', 400, 'Expected mapping for !Policy tagged object'],
    [
      'A36',
      'one for decision contexts without a server policy',
      file('test_missing_2', 'test_missing_1'),
      200,
      'Greenwave could not find a parent policy(ies) for following decision context(s): test_missing_1, test_missing_2. Please change your policy so that it will match a decision context in the parent policies.',
    ],
  ])('%s: answers %s', async (_case, _what, text, status, message) => {
    const answer = await validate(text)
    expect([answer.status, answer.json]).toEqual([status, { message }])
  })

  it('reports invalid YAML and invalid UTF-8', async () => {
    for (const text of ['a: b: c', new Uint8Array([0xff, 0xfe, 0x00])]) {
      const answer = await validate(text)
      expect([answer.status, answer.json.message]).toEqual([
        400,
        expect.stringMatching(/^YAML Parser Error: /),
      ])
    }
  })

  it('refuses exponential aliases and deep nesting', async () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (let n = 1; n < 12; n += 1)
      lines.push(`b${n}: &b${n} [${Array(9).fill(n === 1 ? '*a' : `*b${n - 1}`)}]`)
    expect((await validate(lines.join('\n'))).status).toBe(400)
    expect((await validate('['.repeat(100_000))).status).toBe(400)
  })
})

describe('lists', () => {
  it('A37: have all subject types by id and all policies in order', async () => {
    const types = (await gate.send('subject_types')).json.subject_types
    expect(types.map(({ id }: { id: string }) => id)).toEqual([
      'bodhi_update',
      'compose',
      'koji_build',
      'redhat-container-image',
      'redhat-module',
    ])
    expect(types[1]).toStrictEqual({
      id: 'compose',
      aliases: [],
      item_key: 'productmd.compose.id',
      is_koji_build: false,
      is_nvr: false,
      ignore_missing_policy: false,
      product_version_match: [{ match: '^(RHEL-\\d*)\\..*', product_version: '\\1' }],
      product_version_from_koji_build_target: [],
      product_version: null,
      item_dict: { item_key: 'productmd.compose.id' },
      result_queries: [],
    })
    const { policies } = (await gate.send('policies')).json
    expect(policies).toHaveLength(16)
    expect(policies[2]).toStrictEqual({
      id: 'taskotron_release_critical_tasks',
      product_versions: ['fedora-26'],
      decision_context: 'bodhi_update_push_stable',
      decision_contexts: [],
      subject_type: 'koji_build',
      subject_types: [],
      rules: ['dist.rpmdeplint', 'dist.upgradepath'].map((test_case_name) => ({
        rule: 'PassingTestCaseRule',
        test_case_name,
        scenario: null,
      })),
      excluded_packages: [],
      packages: [],
      relevance_key: null,
      relevance_value: null,
    })
  })
})

describe('the service', () => {
  it('A38: shows its version, also as JSONP and at its former address', async () => {
    const script = await gate.send('about?callback=bac123')
    expect(script.text.replaceAll(/\s/g, '')).toBe(`bac123({"version":"${version}"});`)
    expect(script.headers.get('content-type')).toBe('application/javascript; charset=utf-8')
    expect(script.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    const moved = await gate.send('version')
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/api/v1.0/about'])
    const health = await fetch(`${gate.url}/healthcheck`)
    expect([health.status, await health.text()]).toEqual([200, 'Health check OK'])
  })

  it('shows its configuration on the first page of the gate, and on that of the whole service', async () => {
    const overview = {
      documentation: 'https://docs.example.com',
      api_v1: `${gate.url}/api/v1.0`,
      resultsdb_api: gate.lab.urls.RESULTSDB_API_URL,
      waiverdb_api: gate.lab.urls.WAIVERDB_API_URL,
      koji_api: gate.lab.urls.KOJI_BASE_URL,
      outcomes_passed: ['PASSED', 'INFO'],
      outcomes_error: ['ERROR'],
      outcomes_incomplete: ['QUEUED', 'RUNNING'],
      remote_rule_policies: JSON.parse(gate.lab.urls.REMOTE_RULE_POLICIES),
    }
    expect((await gate.send('/api/v1.0/')).json).toStrictEqual(overview)
    const root = await fetch(`${gate.url}/`)
    expect(await root.json()).toMatchObject({ name: 'freshwave', ...overview })
    const short = await gate.send('/api/v1.0')
    expect([short.status, short.headers.get('location')]).toEqual([308, '/api/v1.0/'])
  })

  it('answers at the path that a client joins to a root with a slash at its end', async () => {
    const decision = await gate.decide(DEFAULT_REQUEST)
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(DEFAULT_REQUEST) }
    for (const path of ['//api/v1.0/decision', '/api/v1.0//decision']) {
      const answer = await fetch(`${gate.url}${path}`, init)
      expect([answer.redirected, await answer.json()]).toEqual([true, decision.json])
    }
  })
})

describe('JSONP', () => {
  it('wraps decisions, lists and checks of files', async () => {
    const decision = await gate.decide(DEFAULT_REQUEST, '?callback=my.$fn_1')
    expect(decision.text).toMatch(/^my\.\$fn_1\(\{"policies_satisfied":false,.*\}\n\);$/s)
    for (const path of ['policies', 'subject_types'])
      expect((await gate.send(`${path}?callback=f`)).text).toMatch(/^f\(\{.*\}\n\);$/s)
    const checked = await gate.send('validate-gating-yaml?callback=f', { method: 'POST', body: file('c') })
    expect(checked.text).toMatch(/^f\(\{"message":.*\}\n\);$/s)
  })

  it('never wraps errors', async () => {
    const answer = await gate.decide({ product_version: 'x' }, '?callback=f')
    expect([answer.status, answer.json]).toEqual([
      400,
      { message: 'Either decision_context or rules is required.' },
    ])
  })

  it.each(['alert(1)//', '1a', 'a b', 'a;b', 'a<script>', 'ä'])(
    'refuses %s, which is not a function name',
    async (name) => {
      const answer = await gate.send(`about?callback=${encodeURIComponent(name)}`)
      expect([answer.status, answer.json.message]).toEqual([
        400,
        'Invalid callback, must be the name of a function',
      ])
    },
  )
})

describe('headers', () => {
  const origin = (answer: { headers: Headers }) => answer.headers.get('access-control-allow-origin')

  it('let the configured site read the same responses as with the original', async () => {
    for (const path of ['about', 'policies', 'subject_types', 'nope'])
      expect(origin(await gate.send(path)), path).toBe(SITE)
    expect(origin(await gate.decide(DEFAULT_REQUEST))).toBe(SITE)
    expect(origin(await gate.decide('{'))).toBe(SITE)
    expect(origin(await validate(''))).toBe(SITE)
    expect(origin(await validate(file('container-image-test')))).toBeNull()
    expect(origin(await gate.send('/api/v1.0/'))).toBeNull()
    expect(origin(await gate.send('/api/2/about/'))).toBeNull()
  })

  it('are the whole response to a preflight', async () => {
    const answer = await gate.send('decision', { method: 'OPTIONS' })
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS')
    expect(origin(answer)).toBe(SITE)
    expect(answer.headers.get('access-control-allow-headers')).toBe('Content-Type')
    expect(answer.headers.get('access-control-allow-method')).toBe('POST, OPTIONS')
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS')
    const about = await gate.send('about', { method: 'OPTIONS' })
    expect([about.status, about.headers.get('allow')]).toEqual([200, 'GET, HEAD, OPTIONS'])
  })

  it('give the time of a decision about the past, and let the configured site read it', async () => {
    const asOf = ({ headers }: { headers: Headers }) => headers.get('freshwave-decision-as-of')
    const exposed = ({ headers }: { headers: Headers }) => headers.get('access-control-expose-headers')
    const past = { ...DEFAULT_REQUEST, when: '2024-05-01T00:00:00.123456' }
    for (const query of ['', '?callback=f']) {
      const answer = await gate.decide(past, query)
      expect([answer.status, asOf(answer)], query).toEqual([200, '2024-05-01T00:00:00.123456Z'])
      expect(exposed(answer)).toBe('Freshwave-Decision-As-Of')
    }
    const now = await gate.decide({ ...DEFAULT_REQUEST, when: null })
    expect([now.status, asOf(now), exposed(now)]).toEqual([200, null, null])
    const none = await gate.decide({ ...past, product_version: 'x' })
    expect([none.status, asOf(none)]).toEqual([404, null])
  })

  it('require TLS of browsers, on every response', async () => {
    for (const path of ['about', 'version', 'nope', '/api/2/about/', '/api/v1.0'])
      expect((await gate.send(path)).headers.get('strict-transport-security'), path).toBe(
        'max-age=31536000; includeSubDomains',
      )
  })
})

describe('an unknown URL or method', () => {
  it("is refused in the gate's format", async () => {
    const unknown = await gate.send('nope')
    expect([unknown.status, unknown.json]).toEqual([
      404,
      {
        message:
          'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
      },
    ])
    for (const path of ['decision', 'validate-gating-yaml']) {
      const wrong = await gate.send(path)
      expect([wrong.status, wrong.json]).toEqual([
        405,
        { message: 'The method is not allowed for the requested URL.' },
      ])
    }
    expect((await gate.send('about', { method: 'HEAD' })).status).toBe(200)
  })
})
