/** The hook that changes answers: every answer of every service passes through it, for Koji each call of a multicall. */
import { describe, expect, it } from 'vitest'
import { commitFile } from '../../../lab/services/distgit/state.ts'
import { callHub, labForTest } from '../../support/lab/lab.ts'

const NODEJS = 'nodejs-18-container-1-92'
const ODD = [null, -1, '', 'text', [], {}, [[{}]], true, 'x'.repeat(100_000)]

/** A copy of an object in which a member is replaced; undefined removes it. */
function replaced(json: unknown, name: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ ...(json as object), [name]: value }).filter(([, member]) => member !== undefined),
  )
}

async function mutableLab() {
  const lab = await labForTest()
  const gitUrl = new URL(JSON.parse(lab.urls.REMOTE_RULE_POLICIES)['*']).origin
  commitFile(lab.world.distGit, { repository: 'r', path: 'f', text: 'rules: []\n', commit: 'c1' })
  const get = async (url: string) => (await fetch(url)).text()
  const post = async (url: string, body: unknown) =>
    (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).text()
  return { ...lab, gitUrl, get, post, url: lab.urls.KOJI_BASE_URL }
}

describe('the hook', () => {
  it('gets the answers of every service with their operations, and its results are sent', async () => {
    const { urls, world, gitUrl, get, post, url } = await mutableLab()
    const seen: string[] = []
    world.mutate = (service, operation, json) => {
      seen.push(`${service} ${operation} ${Array.isArray(json) ? 'list' : typeof json}`)
      return `odd ${service}`
    }
    const search = { criteria: { filters: { id: { $in: [] } } } }
    expect([
      await get(`${urls.ERRATA_URL}/advisory/133001.json`),
      await post(urls.PYXIS_GRAPHQL_URL, { query: '{ find_images { total } }' }),
      await post(`${urls.PULP_URL}/pulp/api/v2/repositories/search/`, search),
      await get(`${urls.ODCS_URL}/api/1/composes/101`),
      await get(`${urls.RESULTSDB_API_URL}/results`),
      await get(`${urls.WAIVERDB_API_URL}/waivers/`),
      await get(`${gitUrl}/r/raw/c1/f`),
      await get(`${urls.KOJI_TOP_URL}/packages/nodejs-18-container/1/92/metadata.json`),
      await callHub(url, 'getBuild', [NODEJS]),
    ]).toEqual([
      '"odd errata"',
      '"odd pyxis"',
      '"odd pulp"',
      '"odd odcs"',
      '"odd resultsdb"',
      '"odd waiverdb"',
      'odd distgit',
      '"odd koji"',
      'odd koji',
    ])
    expect(seen).toEqual([
      'errata GET /advisory/:id.json object',
      'pyxis find_images object',
      'pulp POST /pulp/api/v2/repositories/search/ list',
      'odcs GET /api/1/composes/:id object',
      'resultsdb GET /api/v2.0/results object',
      'waiverdb GET /api/v1.0/waivers/ object',
      'distgit GET raw string',
      'koji GET kojifiles object',
      'koji getBuild object',
    ])
  })

  it.each([...ODD, undefined])('can replace any member of a JSON record: %j', async (value) => {
    const { urls, world, get } = await mutableLab()
    const url = `${urls.ODCS_URL}/api/1/composes/101`
    const correct = JSON.parse(await get(url))
    world.mutate = (_service, _operation, json) => replaced(json, 'state', value)
    expect(JSON.parse(await get(url))).toEqual(replaced(correct, 'state', value))
    world.mutate = null
    expect(JSON.parse(await get(url))).toEqual(correct)
  })

  it.each([...ODD, undefined])(
    'can replace any member of a struct of the hub, before it is encoded: %j',
    async (value) => {
      const { world, url } = await mutableLab()
      const correct = await callHub(url, 'getTaskInfo', [60_000_001])
      world.mutate = (_service, operation, json) =>
        operation === 'getTaskInfo' ? replaced(json, 'create_ts', value) : json
      const calls = ['getAPIVersion', 'getTaskInfo'].map((methodName) => ({
        methodName,
        params: methodName === 'getTaskInfo' ? [60_000_001] : [],
      }))
      const odd = replaced(correct, 'create_ts', value)
      expect(await callHub(url, 'getTaskInfo', [60_000_001])).toEqual(odd)
      expect(await callHub(url, 'multiCall', [calls])).toEqual([[1], [odd]])
      world.mutate = null
      expect(await callHub(url, 'getTaskInfo', [60_000_001])).toEqual(correct)
    },
  )

  it('can send huge numbers, as doubles where XML-RPC has no such integers', async () => {
    const { urls, world, get, url } = await mutableLab()
    world.mutate = () => ({ id: 1e300, next: 2 ** 53, large: 2 ** 40 })
    expect(JSON.parse(await get(`${urls.ODCS_URL}/api/1/composes/101`))).toEqual(
      world.mutate('odcs', '', null),
    )
    expect(await callHub(url, 'getTaskInfo', [1])).toEqual(world.mutate('koji', '', null))
  })

  it('can change the number of entries in a multicall', async () => {
    const { world, url } = await mutableLab()
    world.mutate = (_service, operation, json) =>
      operation === 'multiCall' ? (json as unknown[]).slice(1) : json
    const calls = ['getAPIVersion', 'getKojiVersion'].map((methodName) => ({ methodName, params: [] }))
    expect(await callHub(url, 'multiCall', [calls])).toEqual([['1.35.3']])
  })

  it('gets a copy: changing it in place does not change the world', async () => {
    const { world, url } = await mutableLab()
    world.mutate = (_service, _operation, json) => {
      ;(json as { request: unknown[] }).request.length = 0
      return json
    }
    expect(await callHub(url, 'getTaskInfo', [60_000_001, true])).toMatchObject({ request: [] })
    expect(world.koji.tasks.get(60_000_001)?.request).toHaveLength(3)
  })

  it('also applies to late and half answers, and not to faults', async () => {
    const { urls, world, get, url } = await mutableLab()
    world.mutate = () => ({ padding: 'x'.repeat(100) })
    world.faults.push(
      { service: 'odcs', kind: 'slow', delayMs: 1, times: 1 },
      { service: 'odcs', kind: 'half', times: 1 },
      { service: 'koji', kind: 'call-fault' },
    )
    expect(await get(`${urls.ODCS_URL}/api/1/composes/101`)).toContain('padding')
    const half = await fetch(`${urls.ODCS_URL}/api/1/composes/101`)
    expect(half.headers.get('content-length')).toBe(String('{"padding":""}'.length + 100))
    await expect(callHub(url, 'getAPIVersion')).rejects.toThrow('fault 1000')
  })
})
