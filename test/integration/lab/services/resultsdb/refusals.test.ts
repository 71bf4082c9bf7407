/** The lab's results database refuses what the real one refuses, in the same form (behaviour/greenwave 8.2). */
import { describe, expect, it } from 'vitest'
import { labForTest } from '../../../../support/lab/lab.ts'

const RESULT = { outcome: 'PASSED', testcase: 't' }
const STRING = ['Input should be a valid string', 'string_type'] as const
const LIST = ['Input should be a valid list', 'list_type'] as const
const OBJECT = ['Input should be a valid dictionary', 'dict_type'] as const
const NO_TIME =
  'Value error, Expected timestamp in milliseconds or datetime (in format YYYY-MM-DDTHH:MM:SS.ffffff), got '

async function resultsDb() {
  const lab = await labForTest()
  const url = lab.urls.RESULTSDB_API_URL
  const read = async (response: Response) => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  })
  const get = async (path: string) => read(await fetch(`${url}${path}`))
  const post = async (path: string, body: unknown) =>
    read(await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) }))
  return { ...lab, url, get, post }
}

describe('a new result', () => {
  it.each([
    1e20,
    -1e20,
    '9'.repeat(20),
    true,
    { toString: 1 },
    '2021-02-30T04:05:06.0',
    '2021-02-29T04:05:06.0',
    '2021-13-01T04:05:06.0',
    '2021-02-03T25:04:05.0',
    '2021-02-03T24:00:00.0',
    '2021-02-03T04:60:05.0',
    '2021-02-03T04:05:60.0',
  ])('cannot have the time %j, which is not valid', async (time) => {
    const { post, world } = await resultsDb()
    expect(await post('/results', { ...RESULT, submit_time: time })).toEqual({
      status: 400,
      body: {
        validation_error: [
          {
            loc: ['submit_time'],
            msg: `${NO_TIME}'${typeof time === 'string' ? time : JSON.stringify(time)}'`,
            type: 'value_error',
            input: time,
            url: 'https://errors.pydantic.dev/2.6/v/value_error',
          },
        ],
      },
    })
    expect(world.resultsDb.results).toEqual([])
  })

  it('can have the last day of February in a leap year', async () => {
    const { post } = await resultsDb()
    const { body } = await post('/results', { ...RESULT, submit_time: '2024-02-29T23:59:59.999999Z' })
    expect(body.submit_time).toBe('2024-02-29T23:59:59.999999')
  })

  it.each([
    [{ data: [1] }, ['data'], ...OBJECT],
    [{ data: 'x' }, ['data'], ...OBJECT],
    [{ groups: 'g1' }, ['groups'], ...LIST],
    [{ groups: { uuid: 'g1' } }, ['groups'], ...LIST],
    [{ groups: ['g1', 5] }, ['groups', 1], ...OBJECT],
    [{ groups: [{ uuid: 5 }] }, ['groups', 0, 'uuid'], ...STRING],
    [{ note: 5 }, ['note'], ...STRING],
    [{ ref_url: ['http://ci.example.com'] }, ['ref_url'], ...STRING],
    [{ outcome: ['PASSED'] }, ['outcome'], ...STRING],
    [{ testcase: 5 }, ['testcase'], ...OBJECT],
    [{ testcase: { name: 't', ref_url: 5 } }, ['testcase', 'ref_url'], ...STRING],
    [{ testcase: {} }, ['testcase'], 'Value error, testcase name must be non-empty', 'value_error'],
  ])('with %j is refused, and nothing of it is stored', async (change, loc, msg, type) => {
    const { post, world } = await resultsDb()
    expect(await post('/results', { ...RESULT, ...change })).toMatchObject({
      status: 400,
      body: { validation_error: [{ loc, msg, type }] },
    })
    expect([world.resultsDb.results, world.resultsDb.testCases.size]).toEqual([[], 0])
    expect(world.resultsDb.groups.size).toBe(0)
  })

  it('can have null for each optional field', async () => {
    const { post } = await resultsDb()
    const nulls = { groups: null, data: null, note: null, ref_url: null, submit_time: null }
    expect(await post('/results', { ...RESULT, ...nulls })).toMatchObject({
      status: 201,
      body: { groups: [], data: {}, note: null, ref_url: null },
    })
  })
})

describe('a new test case or group', () => {
  it.each([
    ['/testcases', {}, ['name'], 'Field required', 'missing'],
    ['/testcases', { name: '' }, ['name'], 'String should have at least 1 character', 'string_too_short'],
    ['/testcases', { name: 5 }, ['name'], ...STRING],
    ['/testcases', { name: 't', ref_url: 5 }, ['ref_url'], ...STRING],
    ['/groups', { uuid: 5 }, ['uuid'], ...STRING],
    ['/groups', { description: {} }, ['description'], ...STRING],
  ])('is refused by %s: %j', async (path, body, loc, msg, type) => {
    const { post, world } = await resultsDb()
    expect(await post(path, body)).toMatchObject({
      status: 400,
      body: { validation_error: [{ loc, msg, type }] },
    })
    expect(world.resultsDb.testCases.size + world.resultsDb.groups.size).toBe(0)
  })
})

describe('a listing', () => {
  it.each(['2021-02-30', '2021-02-03T25:00:00', '2021-02-03,2021-02-03T04:05:61'])(
    'since %s is refused',
    async (since) => {
      const { get } = await resultsDb()
      expect(await get(`/results?since=${since}`)).toEqual({
        status: 400,
        body: { message: 'since: must be in ISO8601 format' },
      })
    },
  )

  it('of groups can be filtered by their descriptions', async () => {
    const { get, post } = await resultsDb()
    for (const [uuid, description] of Object.entries({ g1: 'nightly x86', g2: 'nightly arm', g3: 'release' }))
      await post('/groups', { uuid, description })
    await post('/groups', { uuid: 'g4' })
    const uuids = async (query: string) =>
      ((await get(`/groups?${query}`)).body.data as { uuid: string }[]).map(({ uuid }) => uuid)
    expect(await uuids('description=release,nightly x86')).toEqual(['g3', 'g1'])
    expect(await uuids('description=nightly')).toEqual([])
    expect(await uuids('description:like=nightly*')).toEqual(['g2', 'g1'])
    expect(await uuids('description:like=*arm,rel*')).toEqual(['g3', 'g2'])
    expect(await uuids('description:like=*')).toEqual(['g3', 'g2', 'g1'])
    expect(await uuids('uuid=g1,g3&description:like=nightly*')).toEqual(['g1'])
  })
})

describe('the service', () => {
  it('reports its health under the API and at the root', async () => {
    const { get, url } = await resultsDb()
    const healthy = { message: 'Health check OK' }
    expect(await get('/healthcheck')).toEqual({ status: 200, body: healthy })
    expect(await (await fetch(`${new URL(url).origin}/healthcheck`)).json()).toEqual(healthy)
  })

  it.each(['/api/v2.0/nothing', '/nothing'])('answers an unknown path in JSON: %s', async (path) => {
    const { url } = await resultsDb()
    const response = await fetch(`${new URL(url).origin}${path}`)
    expect([response.status, await response.text()]).toEqual([404, '{"message":"Not found"}'])
  })
})
