/** The lab's waiver service answers as the real one does (behaviour/greenwave 8.4). */
import { describe, expect, it } from 'vitest'
import { addResult } from '../../../../../lab/services/resultsdb/state.ts'
import { labForTest } from '../../../../support/lab/lab.ts'

type Waiver = { id: number; username: string }

const WAIVER = {
  subject_type: 'koji_build',
  subject_identifier: 'a-1-1',
  testcase: 'dist.abicheck',
  product_version: 'fedora-26',
  comment: 'It is dead!',
}

async function waiverDb() {
  const lab = await labForTest()
  const url = lab.urls.WAIVERDB_API_URL
  const read = async (response: Response) => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  })
  const get = async (path: string) => read(await fetch(`${url}${path}`))
  const post = async (path: string, body: unknown, user: string | null = 'alice') => {
    const login = user === null ? {} : { Authorization: `Basic ${btoa(`${user}:x`)}` }
    return read(await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers: login }))
  }
  const filtered = async (...filters: Record<string, string>[]) => {
    const { body } = await post('/waivers/+filtered', { filters }, null)
    return (body.data as Waiver[]).map(({ id }) => id)
  }
  return { ...lab, url, get, post, filtered }
}

describe('a waiver', () => {
  it('can be created by any authenticated user, and is published on the bus', async () => {
    const { get, post, messages, world } = await waiverDb()
    world.now = () => Date.parse('2026-01-02T03:04:05.678Z')
    const { status, body } = await post('/waivers/', {
      ...WAIVER,
      subject_type: 'brew-build',
      scenario: 's1',
    })
    const waiver = {
      id: 1,
      subject_type: 'koji_build',
      subject_identifier: 'a-1-1',
      subject: { type: 'koji_build', item: 'a-1-1' },
      testcase: 'dist.abicheck',
      scenario: 's1',
      product_version: 'fedora-26',
      waived: true,
      comment: 'It is dead!',
      username: 'alice',
      proxied_by: null,
      timestamp: '2026-01-02T03:04:05.678000',
    }
    expect([status, body]).toEqual([201, waiver])
    expect(messages).toEqual([
      { topic: 'VirtualTopic.eng.waiverdb.waiver.new', body: waiver, properties: {} },
    ])
    expect((await get('/waivers/1')).body).toEqual(waiver)
    expect(await get('/waivers/2')).toEqual({ status: 404, body: { message: 'Waiver not found' } })
  })

  it('cannot be created anonymously, and on behalf of another user only by superusers', async () => {
    const { post } = await waiverDb()
    expect((await post('/waivers/', WAIVER, null)).status).toBe(401)
    expect(await post('/waivers/', { ...WAIVER, username: 'bob' })).toEqual({
      status: 403,
      body: { message: 'user alice does not have the proxyuser ability' },
    })
    expect((await post('/waivers/', { ...WAIVER, username: 'bob' }, 'superuser')).body).toMatchObject({
      username: 'bob',
      proxied_by: 'superuser',
    })
  })

  it('can be one of several, of which either all or none are created', async () => {
    const { post, world } = await waiverDb()
    expect((await post('/waivers/', [WAIVER, { ...WAIVER, comment: '' }])).status).toBe(400)
    expect(world.waiverDb.waivers).toEqual([])
    expect((await post('/waivers/', [WAIVER, WAIVER])).body).toMatchObject([{ id: 1 }, { id: 2 }])
  })

  it('can name its subject in the older forms', async () => {
    const { post, world } = await waiverDb()
    const { subject_type: _type, subject_identifier: _identifier, ...rest } = WAIVER
    const compose = await post('/waivers/', { ...rest, subject: { 'productmd.compose.id': 'RHEL-9' } })
    expect(compose.body).toMatchObject({
      subject_type: 'compose',
      subject_identifier: 'RHEL-9',
      subject: { 'productmd.compose.id': 'RHEL-9' },
    })
    const data = { original_spec_nvr: ['a-1-1'], scenario: ['s1'] }
    addResult(world.resultsDb, {
      testCase: 't',
      outcome: 'FAILED',
      submittedAt: '2021-01-01T00:00:00.000000',
      data,
    })
    const { testcase: _testCase, ...byResult } = rest
    expect((await post('/waivers/', { ...byResult, result_id: 1 })).body).toMatchObject({
      subject_type: 'koji_build',
      subject_identifier: 'a-1-1',
      testcase: 't',
      scenario: 's1',
    })
    expect(await post('/waivers/', { ...byResult, result_id: 7 })).toEqual({
      status: 400,
      body: { message: 'Result id not found in Resultsdb' },
    })
  })

  it.each([
    [{ comment: undefined }, 'Field required'],
    [{ product_version: '' }, 'String should have at least 1 character'],
    [{ testcase: undefined }, 'Value error, Argument testcase is missing'],
    [
      { subject_type: undefined },
      'Value error, subject must be defined using result_id or subject or both subject_identifier, subject_type',
    ],
    [
      { subject: { type: 'a', item: 'b' } },
      'Value error, subject argument should not be used together with arguments: subject_identifier, subject_type',
    ],
    [
      { result_id: 1 },
      'Value error, result_id argument should not be used together with arguments: subject_identifier, subject_type, subject, testcase, scenario',
    ],
  ])('with %j is refused', async (change, msg) => {
    const { post } = await waiverDb()
    expect(await post('/waivers/', { ...WAIVER, ...change })).toMatchObject({
      status: 400,
      body: { validation_error: [{ msg }] },
    })
  })
})

describe('the list of waivers', () => {
  it('has pages counted from 1 with their neighbors, and no links beyond the last page', async () => {
    const { url, get, post } = await waiverDb()
    for (let n = 0; n < 5; n += 1) await post('/waivers/', { ...WAIVER, testcase: `t${n}` })
    const address = (page: number) => `${url}/waivers/?limit=2&page=${page}`
    const { body } = await get('/waivers/?limit=2&page=2')
    expect((body.data as Waiver[]).map(({ id }) => id)).toEqual([3, 2])
    expect(body).toMatchObject({ prev: address(1), next: address(3), first: address(1), last: address(3) })
    expect((await get('/waivers/?limit=2&page=4')).body).toEqual({
      data: [],
      prev: null,
      next: null,
      first: null,
      last: null,
    })
  })

  it('omits what the same user has replaced for the same product, except on demand', async () => {
    const { get, post } = await waiverDb()
    await post('/waivers/', WAIVER)
    await post('/waivers/', { ...WAIVER, waived: false })
    await post('/waivers/', { ...WAIVER, product_version: 'fedora-27' })
    await post('/waivers/', WAIVER, 'bob')
    const ids = async (path: string) => ((await get(path)).body.data as Waiver[]).map(({ id }) => id)
    expect(await ids('/waivers/?testcase=dist.abicheck')).toEqual([4, 3, 2])
    expect(await ids('/waivers/?include_obsolete=true')).toEqual([4, 3, 2, 1])
    expect(await ids('/waivers/?username=bob')).toEqual([4])
  })
})

describe('filters', () => {
  it('are alternatives, and the fields of each filter are conditions', async () => {
    const { post, filtered } = await waiverDb()
    await post('/waivers/', WAIVER)
    await post('/waivers/', { ...WAIVER, subject_identifier: 'b-1-1' })
    await post('/waivers/', { ...WAIVER, testcase: 't2' })
    const a = { subject_type: 'koji_build', subject_identifier: 'a-1-1' }
    expect(await filtered({ ...a, testcase: 't2' })).toEqual([3])
    expect(await filtered(a, { subject_identifier: 'b-1-1' }, { ...a, testcase: 't2' })).toEqual([3, 2, 1])
    expect(await filtered({ ...a, product_version: 'fedora-99' })).toEqual([])
  })

  it('find only the newest waiver of a test, by any user and for any product', async () => {
    const { post, filtered } = await waiverDb()
    await post('/waivers/', WAIVER)
    await post('/waivers/', { ...WAIVER, product_version: 'fedora-27' }, 'bob')
    expect(await filtered({ subject_identifier: 'a-1-1', product_version: 'fedora-26' })).toEqual([])
    expect(await filtered({ subject_identifier: 'a-1-1' })).toEqual([2])
  })

  it('can be limited to a time, and refuse an invalid one', async () => {
    const { post, filtered, world } = await waiverDb()
    for (const [n, day] of ['2026-01-01', '2026-01-02'].entries()) {
      world.now = () => Date.parse(day)
      await post('/waivers/', { ...WAIVER, testcase: `t${n}` })
    }
    expect(await filtered({ since: '1900-01-01T00:00:00.000000,2026-01-01T12:00:00.000000' })).toEqual([1])
    expect(await filtered({ since: '2026-01-02T00:00:00,' })).toEqual([2])
    expect((await post('/waivers/+filtered', { filters: [{ since: '123' }] })).body).toEqual({
      message: { since: "Invalid isoformat string: '123'" },
    })
  })

  it('are mandatory', async () => {
    const { post } = await waiverDb()
    expect(await post('/waivers/+filtered', {})).toMatchObject({
      status: 400,
      body: { validation_error: [{ loc: ['filters'], msg: 'Field required', type: 'missing' }] },
    })
    expect((await post('/waivers/+filtered', { filters: [] })).status).toBe(400)
  })
})
