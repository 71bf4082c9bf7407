/** Faults on demand: the effect of each kind on the callers of each service. */
import { describe, expect, it } from 'vitest'
import {
  FAULT_KINDS,
  type FaultKind,
  type FaultRule,
  SERVICES,
  type Service,
} from '../../../lab/fault-rule.ts'
import { commitFile } from '../../../lab/services/distgit/state.ts'
import { encodeCall, type XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import { callHub, labForTest, logIn, until } from '../../support/lab/lab.ts'

const PULP_SEARCH = { criteria: { filters: { id: { $in: ['a'] } } } }

async function faultyLab(...faults: FaultRule[]) {
  const lab = await labForTest()
  const { urls, world } = lab
  commitFile(world.distGit, {
    repository: 'rpms/nethack',
    path: 'gating.yaml',
    text: 'rules: []\n',
    commit: 'c1',
  })
  const gitUrl = new URL(JSON.parse(urls.REMOTE_RULE_POLICIES)['*']).origin
  const post = (body: string) => ({ method: 'POST', body })
  /** A request to each service whose correct answer has a body. */
  const requests: Record<Service, [string, RequestInit?]> = {
    errata: [`${urls.ERRATA_URL}/advisory/133001.json`],
    pyxis: [urls.PYXIS_GRAPHQL_URL, post(JSON.stringify({ query: '{ find_images { total } }' }))],
    pulp: [`${urls.PULP_URL}/pulp/api/v2/repositories/search/`, post(JSON.stringify(PULP_SEARCH))],
    koji: [urls.KOJI_BASE_URL, post(encodeCall('getAPIVersion', []))],
    odcs: [`${urls.ODCS_URL}/api/1/composes/101`],
    resultsdb: [`${urls.RESULTSDB_API_URL}/results`],
    waiverdb: [`${urls.WAIVERDB_API_URL}/waivers/`],
    distgit: [`${gitUrl}/rpms/nethack/raw/c1/gating.yaml`],
    jira: [`${urls.JIRA_URL}/rest/api/3/issue/RHEL-28411`, { headers: { Authorization: 'Basic YTpi' } }],
    'pyxis-rest': [`${urls.PYXIS_URL}/v1/operators/indices`],
    'flatpak-index': [`${urls.FLATPAK_URL}/released/contents/modules/image-libs:rhel8.json`],
    'product-pages': [`${urls.PRODUCT_PAGES_URL}/releases/openshift-4.14/schedule-tasks/`],
  }
  world.faults.push(...faults)
  const send = (service: Service, signal?: AbortSignal) => {
    const [url, init] = requests[service]
    return fetch(url, { ...init, signal })
  }
  return { ...lab, url: urls.KOJI_BASE_URL, send }
}

const BUILD: XmlRpcInput[] = [
  'git://dist-git.example.com/containers/nodejs-18#1',
  'rhel-8-containers-candidate',
  { git_branch: 'b', isolated: true, release: '92.7' },
]

/** Checks the effect of one request while a fault is set; it recovers with the next request. */
type Effect = (request: (signal?: AbortSignal) => Promise<Response>, fault: FaultRule) => Promise<void>

const EFFECTS: Partial<Record<FaultKind, Effect>> = {
  status: async (request) => {
    const response = await request()
    expect([response.status, await response.text()]).toEqual([503, 'Service Unavailable\n'])
  },
  reset: (request) => expect(request()).rejects.toThrow('fetch failed'),
  hang: async (request, fault) => {
    const caller = new AbortController()
    const aborted = expect(request(caller.signal)).rejects.toThrow('aborted')
    await until(() => fault.times === 0)
    caller.abort()
    await aborted
  },
  half: async (request) => {
    const response = await request()
    expect([response.status, Number(response.headers.get('content-length'))]).toEqual([
      200,
      expect.any(Number),
    ])
    await expect(response.text()).rejects.toThrow('terminated')
  },
  garbage: async (request) => {
    const response = await request()
    expect(response.status).toBe(200)
    const decode = async () => new TextDecoder('utf-8', { fatal: true }).decode(await response.arrayBuffer())
    await expect(decode()).rejects.toThrow()
  },
  empty: async (request) => {
    const response = await request()
    expect([response.status, await response.text()]).toEqual([200, ''])
  },
  slow: async (request) => {
    const started = performance.now()
    expect((await request()).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(45)
  },
  late: (request) => expect(request()).rejects.toThrow('fetch failed'),
}
const SHARED = Object.entries(EFFECTS)

describe.each(SERVICES)('a fault of %s', (service) => {
  it.each(SHARED)('can be %s', async (kind, effect) => {
    const fault: FaultRule = { service, kind: kind as FaultKind, times: 1, delayMs: 50 } // its own keys
    const { send } = await faultyLab(fault)
    await effect((signal) => send(service, signal), fault)
    const recovered = await send(service)
    expect(recovered.status).toBe(200)
    expect((await recovered.text()).length).toBeGreaterThan(0)
  })
})

describe('a fault', () => {
  it('of every kind is tested here or belongs to one service', () => {
    const common = Object.entries(FAULT_KINDS).filter(([, services]) => services.length > 1)
    expect(common.map(([kind]) => kind).sort()).toEqual(SHARED.map(([kind]) => kind).sort())
  })

  it('affects the given number of requests, then the service recovers', async () => {
    const { send } = await faultyLab({ service: 'errata', kind: 'status', times: 2 })
    const statuses = [await send('errata'), await send('errata'), await send('errata')].map(
      ({ status }) => status,
    )
    expect(statuses).toEqual([503, 503, 200])
  })

  it('affects only its service and its operation, also inside a multicall', async () => {
    const { send, url, urls } = await faultyLab(
      { service: 'errata', kind: 'status', operation: 'GET /advisory/:id/bugs.json' },
      { service: 'koji', kind: 'status', operation: 'getBuild' },
    )
    expect((await send('errata')).status).toBe(200)
    expect((await fetch(`${urls.KOJI_TOP_URL}/packages/a/1/1/metadata.json`)).status).toBe(404)
    expect(await callHub(url, 'getAPIVersion')).toBe(1)
    await expect(callHub(url, 'getBuild', ['a-1-1'])).rejects.toThrow()
    const calls = [{ methodName: 'getBuild', params: ['a-1-1'] }]
    await expect(callHub(url, 'multiCall', [calls])).rejects.toThrow()
  })

  it('can spare some operations', async () => {
    const { url } = await faultyLab({ service: 'koji', kind: 'status', except: ['login', 'getAPIVersion'] })
    expect(await callHub(url, 'getAPIVersion')).toBe(1)
    await expect(callHub(url, 'getKojiVersion')).rejects.toThrow()
  })

  it('can be any HTTP status with any text, and 401 requires authentication', async () => {
    const { send } = await faultyLab(
      { service: 'errata', kind: 'status', status: 502, text: '<h1>Proxy Error</h1>', times: 1 },
      { service: 'errata', kind: 'status', status: 401, times: 1 },
    )
    const [bad, unauthorized] = [await send('errata'), await send('errata')]
    expect([bad.status, await bad.text()]).toEqual([502, '<h1>Proxy Error</h1>'])
    expect([unauthorized.status, unauthorized.headers.get('www-authenticate')]).toEqual([401, 'Negotiate'])
  })

  it('can be a given body in a 200', async () => {
    const text = "<?xml version='1.0'?>\n<methodResponse><params><param><value><arr"
    const { send } = await faultyLab({ service: 'koji', kind: 'garbage', text })
    const response = await send('koji')
    expect([response.status, await response.text()]).toEqual([200, text])
  })

  it('does not keep the lab from stopping while a request hangs', async () => {
    const { send, stop, world } = await faultyLab({ service: 'errata', kind: 'hang', times: 1 })
    const hanging = send('errata').catch((problem: Error) => problem.message)
    await expect.poll(() => world.faults[0]?.times).toBe(0)
    await stop()
    expect(await hanging).toBe('fetch failed')
  })
})

describe('a submission', () => {
  it('whose connection breaks before it is carried out creates nothing', async () => {
    const { url, world } = await faultyLab({
      service: 'koji',
      kind: 'reset',
      operation: 'buildContainer',
      times: 1,
    })
    const me = await logIn(url)
    const before = world.koji.tasks.size
    await expect(me.call('buildContainer', BUILD)).rejects.toThrow('fetch failed')
    expect(world.koji.tasks.size).toBe(before)
    expect(await me.call('buildContainer', BUILD)).toEqual(expect.any(Number))
  })

  it.each<Partial<FaultRule> & Pick<FaultRule, 'kind'>>([
    { kind: 'reset' },
    { kind: 'hang' },
    { kind: 'status', status: 502 },
    { kind: 'garbage' },
    { kind: 'empty' },
    { kind: 'half' },
  ])('whose answer is lost ($kind) has created its task, and repeating it creates no other', async (rule) => {
    const { url, world } = await faultyLab({
      service: 'koji',
      operation: 'buildContainer',
      stage: 'after',
      times: 1,
      ...rule,
    })
    const me = await logIn(url)
    const caller = new AbortController()
    const before = world.koji.tasks.size
    const lost = fetch(url, {
      method: 'POST',
      body: encodeCall('buildContainer', BUILD),
      headers: me.headers(5),
      signal: caller.signal,
    })
      .then((response) => response.text())
      .catch(() => '')
    await until(() => world.koji.tasks.size > before)
    if (rule.kind === 'hang') caller.abort()
    expect(await lost).not.toContain('methodResponse')
    await expect(callHub(url, 'buildContainer', BUILD, me.headers(5))).rejects.toThrow('fault 1009')
    expect(await callHub(url, 'listTasks', [{ owner: 2 }])).toHaveLength(1)
    expect(world.koji.duplicates).toBe(0)
    await callHub(url, 'buildContainer', BUILD, me.headers(6))
    expect(world.koji.duplicates).toBe(1)
  })

  it('in a multicall can lose its answer too', async () => {
    const { url } = await faultyLab({
      service: 'koji',
      kind: 'reset',
      stage: 'after',
      operation: 'buildContainer',
      times: 1,
    })
    const me = await logIn(url)
    const calls = [{ methodName: 'buildContainer', params: BUILD }]
    await expect(callHub(url, 'multiCall', [calls], me.headers(5))).rejects.toThrow('fetch failed')
    expect(await callHub(url, 'listTasks', [{ owner: 2 }])).toHaveLength(1)
  })

  it('can be committed only after its answer was lost: the task appears later', async () => {
    const { url } = await faultyLab({
      service: 'koji',
      kind: 'late',
      delayMs: 300,
      operation: 'buildContainer',
      times: 1,
    })
    const me = await logIn(url)
    const mine = () => callHub(url, 'listTasks', [{ owner: 2 }])
    await expect(me.call('buildContainer', BUILD)).rejects.toThrow('fetch failed')
    expect(await mine()).toEqual([])
    await expect.poll(mine, { timeout: 60_000 }).toHaveLength(1)
  })
})
