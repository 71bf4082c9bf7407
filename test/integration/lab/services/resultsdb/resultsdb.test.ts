/** The lab's results database answers as the real one does (behaviour/greenwave 8.2). */
import { describe, expect, it } from 'vitest'
import { addResult, type NewResult } from '../../../../../lab/services/resultsdb/state.ts'
import { labForTest } from '../../../../support/lab/lab.ts'

type Result = { id: number; outcome: string; testcase: { name: string }; data: Record<string, string[]> }

async function resultsDb() {
  const lab = await labForTest()
  const url = lab.urls.RESULTSDB_API_URL
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const ids = async (path: string) => ((await get(path)).body.data as Result[]).map(({ id }) => id)
  let second = 0
  const put = (testCase: string, more: Partial<NewResult> = {}) => {
    second += 1
    const submittedAt = `2021-05-01T00:00:${String(second).padStart(2, '0')}.000000`
    return addResult(lab.world.resultsDb, { testCase, outcome: 'PASSED', submittedAt, ...more })
  }
  return { ...lab, url, get, post, ids, put }
}

describe('a result', () => {
  it('is created with its test case and groups, and published on the bus', async () => {
    const { url, post, get, messages } = await resultsDb()
    const { status, body } = await post('/results', {
      outcome: ' passed ',
      testcase: { name: 'dist.abicheck', ref_url: 'http://tests.example.com/abi' },
      groups: ['g1', { uuid: 'g2', description: 'second' }],
      note: 'fine',
      ref_url: 'http://ci.example.com/1',
      data: { item: 'a-1-1', type: ['koji_build', 'brew-build'], seconds: 5 },
      submit_time: '2021-05-01T00:00:00.123456',
    })
    const result = {
      id: 1,
      testcase: {
        name: 'dist.abicheck',
        ref_url: 'http://tests.example.com/abi',
        href: `${url}/testcases/dist.abicheck`,
      },
      groups: ['g1', 'g2'],
      outcome: 'PASSED',
      note: 'fine',
      ref_url: 'http://ci.example.com/1',
      submit_time: '2021-05-01T00:00:00.123456',
      data: { item: ['a-1-1'], type: ['koji_build', 'brew-build'], seconds: ['5'] },
      href: `${url}/results/1`,
    }
    expect([status, body]).toEqual([201, result])
    expect(messages).toEqual([
      { topic: 'VirtualTopic.eng.resultsdb.result.new', body: result, properties: {} },
    ])
    expect((await get('/results/1')).body).toEqual(result)
    expect((await get('/groups/g2')).body).toMatchObject({ description: 'second', results_count: 1 })
    expect((await get('/results/2')).status).toBe(404)
  })

  it.each([
    ['1619827200123', '2021-05-01T00:00:00.123000'],
    [1619827200000, '2021-05-01T00:00:00'],
    ['2021-05-01T00:00:00.5Z', '2021-05-01T00:00:00.500000'],
  ])('accepts the time %j, and omits a fraction of zero', async (time, shown) => {
    const { post } = await resultsDb()
    const { body } = await post('/results', { outcome: 'INFO', testcase: 't', submit_time: time })
    expect(body.submit_time).toBe(shown)
  })

  it.each([
    [{ testcase: 't' }, 'outcome', 'Field required', 'missing'],
    [
      { testcase: 't', outcome: 'GOOD' },
      'outcome',
      'Value error, must be one of: PASSED, INFO, FAILED, NEEDS_INSPECTION, QUEUED, RUNNING, ERROR',
      'value_error',
    ],
    [{ outcome: 'PASSED' }, 'testcase', 'Field required', 'missing'],
    [
      { outcome: 'PASSED', testcase: '' },
      'testcase',
      'Value error, testcase name must be non-empty',
      'value_error',
    ],
    [
      { outcome: 'PASSED', testcase: 't', submit_time: 'now' },
      'submit_time',
      "Value error, Expected timestamp in milliseconds or datetime (in format YYYY-MM-DDTHH:MM:SS.ffffff), got 'now'",
      'value_error',
    ],
  ])('%j is refused', async (body, field, msg, type) => {
    const { post, world } = await resultsDb()
    expect(await post('/results', body)).toMatchObject({
      status: 400,
      body: { validation_error: [{ loc: [field], msg, type }] },
    })
    expect(world.resultsDb.results).toEqual([])
  })

  it('cannot have a colon in its keys', async () => {
    const { post } = await resultsDb()
    const sent = { outcome: 'PASSED', testcase: 't', data: { 'a:b': '1', 'c:d': '2', e: '3' } }
    expect((await post('/results', sent)).body).toEqual({
      message: "Colon not allowed in key name: ['a:b', 'c:d']",
    })
  })
})

describe('the list of results', () => {
  it('is sorted by newest first, in pages counted from 0, each with its neighbors', async () => {
    const { url, get, put } = await resultsDb()
    for (let n = 0; n < 5; n += 1) put('t')
    const { body } = await get('/results?limit=2&page=1&callback=x')
    expect((body.data as Result[]).map(({ id }) => id)).toEqual([3, 2])
    expect([body.prev, body.next]).toEqual([`${url}/results?limit=2&page=0`, `${url}/results?limit=2&page=2`])
    expect((await get('/results?limit=2&page=2')).body).toMatchObject({ next: null })
    expect((await get('/results?limit=2')).body).toMatchObject({ prev: null })
  })

  it('can be sorted in either order', async () => {
    const { ids, put } = await resultsDb()
    for (let n = 0; n < 3; n += 1) put('t')
    expect(await ids('/results?_sort=asc:submit_time')).toEqual([1, 2, 3])
    expect(await ids('/results?_sort=desc:submit_time')).toEqual([3, 2, 1])
  })

  it('is filtered by comma-separated lists: values of a key are alternatives, keys are conditions', async () => {
    const { ids, put } = await resultsDb()
    put('t1', { data: { item: ['a'], type: ['koji_build'] } })
    put('t2', { data: { item: ['b'], type: ['koji_build'] } })
    put('t1', { data: { item: ['b', 'c'], type: ['compose'] }, outcome: 'FAILED', groups: ['g'] })
    expect(await ids('/results?item=a,b')).toEqual([3, 2, 1])
    expect(await ids('/results?item=a&item=c')).toEqual([3, 1])
    expect(await ids('/results?item=b&type=koji_build')).toEqual([2])
    expect(await ids('/results?item:like=*c')).toEqual([3])
    expect(await ids('/results?testcases=t1&testcases:like=t2*')).toEqual([3, 2, 1])
    expect(await ids('/results?testcases=t2,t3')).toEqual([2])
    expect(await ids('/results?outcome=failed')).toEqual([3])
    expect(await ids('/results?groups=g,h')).toEqual([3])
    expect(await ids('/testcases/t2/results')).toEqual([2])
    expect(await ids('/groups/g/results')).toEqual([3])
    expect(await ids('/results?constructor=x')).toEqual([])
  })

  it('can be limited to a time, inclusive at both ends, and refuses an invalid one', async () => {
    const { ids, get, put } = await resultsDb()
    for (let n = 0; n < 4; n += 1) put('t')
    expect(await ids('/results?since=2021-05-01T00:00:02,2021-05-01T00:00:03.000000')).toEqual([3, 2])
    expect(await ids('/results?since=2021-05-01T00:00:03%2B02:00')).toEqual([4, 3])
    expect((await get('/results?since=yesterday')).status).toBe(400)
    expect((await get('/results?outcome=GOOD')).status).toBe(400)
  })
})

describe('the latest results', () => {
  it('are one for each test case and combination of values, where a missing key counts as a value', async () => {
    const { ids, put } = await resultsDb()
    const of = (scenario?: string, arch?: string) => ({
      data: { item: ['a'], ...(scenario && { scenario: [scenario] }), ...(arch && { arch: [arch] }) },
    })
    put('t1', of('s1', 'x86_64'))
    put('t1', of('s1', 'aarch64'))
    put('t1', of('s1', 'x86_64'))
    put('t1', of())
    put('t1', of('s2'))
    put('t1', of())
    put('t2', of())
    expect(await ids('/results/latest?item=a&_distinct_on=scenario,arch')).toEqual([7, 6, 5, 3, 2])
    expect(await ids('/results/latest?item=a&_distinct_on=scenario')).toEqual([7, 6, 5, 3])
    expect(await ids('/results/latest?item=a&testcases=t1&_distinct_on=scenario')).toEqual([6, 5, 3])
    expect(await ids('/results/latest?item=a')).toEqual([7, 6])
  })

  it('can be those of the past, and ignore pages and outcomes', async () => {
    const { ids, put } = await resultsDb()
    put('t1', { data: { item: ['a'] }, outcome: 'FAILED' })
    put('t1', { data: { item: ['a'] } })
    const past = 'since=1900-01-01T00:00:00.000000,2021-05-01T00:00:01.999999'
    expect(await ids(`/results/latest?item=a&_distinct_on=scenario&${past}`)).toEqual([1])
    expect(await ids('/results/latest?item=a&_distinct_on=scenario&page=7&limit=0&outcome=FAILED')).toEqual([
      2,
    ])
  })

  it('need at least one filter', async () => {
    const { get } = await resultsDb()
    expect(await get('/results/latest?_distinct_on=scenario')).toEqual({
      status: 400,
      body: { message: "Please, provide at least one filter beside '_distinct_on'" },
    })
  })

  it('of a result with several values count for each of them', async () => {
    const { ids, put } = await resultsDb()
    put('t', { data: { item: ['a', 'b'] } })
    put('t', { data: { item: ['b'] } })
    expect(await ids('/results/latest?item=a,b&_distinct_on=item')).toEqual([2, 1])
    expect(await ids('/results/latest?item=a,b&_distinct_on=scenario')).toEqual([2])
  })
})

describe('test cases', () => {
  it('can be added, changed, listed and found, also with a slash in the name', async () => {
    const { get, post, url } = await resultsDb()
    for (const name of ['b/two', 'a', 'c']) await post('/testcases', { name })
    expect(await post('/testcases', { name: 'a', ref_url: 'http://tests.example.com/a' })).toMatchObject({
      status: 201,
    })
    const { body } = await get('/testcases')
    expect((body.data as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b/two', 'c'])
    expect((await get('/testcases/b/two')).body).toEqual({
      name: 'b/two',
      ref_url: null,
      href: `${url}/testcases/b/two`,
    })
    expect((await get('/testcases?name=a,x')).body.data).toEqual([
      { name: 'a', ref_url: 'http://tests.example.com/a', href: `${url}/testcases/a` },
    ])
    expect((await get('/testcases?name:like=b*')).body.data).toHaveLength(1)
    expect((await get('/testcases/z')).body).toEqual({ message: 'Testcase not found' })
    expect((await post('/testcases', {})).status).toBe(400)
  })
})

describe('the service', () => {
  it('answers its root with 300', async () => {
    const { get, url } = await resultsDb()
    expect(await get('/')).toMatchObject({ status: 300, body: { results: `${url}/results` } })
  })

  it('refuses request lines that are longer than the limit of Gunicorn', async () => {
    const { url, world } = await resultsDb()
    const path = `${new URL(url).pathname}/results/latest?item=`
    const maxLength = 4094 - `GET ${path} HTTP/1.1`.length
    expect((await fetch(`${url}/results/latest?item=${'x'.repeat(maxLength)}`)).status).toBe(200)
    expect((await fetch(`${url}/results/latest?item=${'x'.repeat(maxLength + 1)}`)).status).toBe(414)
    delete world.requestLines.resultsdb
    expect((await fetch(`${url}/results/latest?item=${'x'.repeat(8000)}`)).status).toBe(200)
  })

  it('fails on demand', async () => {
    const { get, url, world } = await resultsDb()
    world.faults.push({
      service: 'resultsdb',
      kind: 'status',
      status: 500,
      operation: 'GET /api/v2.0/results/latest',
      times: 1,
    })
    expect((await fetch(`${url}/results/latest?item=a`)).status).toBe(500)
    expect((await get('/results/latest?item=a')).status).toBe(200)
    expect(world.requests.get('resultsdb GET /api/v2.0/results/latest')).toBe(2)
  })
})
