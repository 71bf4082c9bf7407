/** The lab's waiver service refuses what the real one refuses, in the same form (behaviour/greenwave 8.4). */
import { describe, expect, it } from 'vitest'
import { addResult } from '../../../../../lab/services/resultsdb/state.ts'
import { labForTest } from '../../../../support/lab/lab.ts'

const WAIVER = {
  subject_type: 'koji_build',
  subject_identifier: 'a-1-1',
  testcase: 'dist.abicheck',
  product_version: 'fedora-26',
  comment: 'It is dead!',
}
const BY_RESULT = { product_version: 'fedora-26', comment: 'It is dead!', result_id: 1 }
const STRING = ['Input should be a valid string', 'string_type'] as const
const SHORT = ['String should have at least 1 character', 'string_too_short'] as const
const MISSING = ['Field required', 'missing'] as const
const NO_TEST_CASE = ['Value error, Argument testcase is missing', 'value_error'] as const
const NO_SUBJECT = [
  'Value error, subject must be defined using result_id or subject or both subject_identifier, subject_type',
  'value_error',
] as const
const tooLong = (max: number) => [`String should have at most ${max} characters`, 'string_too_long'] as const

async function waiverDb() {
  const lab = await labForTest()
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${lab.urls.WAIVERDB_API_URL}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { Authorization: `Basic ${btoa('superuser:x')}` },
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return { ...lab, post }
}

describe('a new waiver', () => {
  it('can have null for each optional field', async () => {
    const { post } = await waiverDb()
    const nulls = { result_id: null, subject: null, scenario: null, username: null }
    expect(await post('/waivers/', { ...WAIVER, ...nulls })).toMatchObject({
      status: 201,
      body: { subject_identifier: 'a-1-1', testcase: 'dist.abicheck', scenario: null },
    })
  })

  it('can be as long as its columns, and can revoke a waiver', async () => {
    const { post } = await waiverDb()
    const long = { scenario: 's'.repeat(255), username: 'u'.repeat(255), product_version: 'p'.repeat(200) }
    expect(await post('/waivers/', { ...WAIVER, ...long, waived: false })).toMatchObject({
      status: 201,
      body: { ...long, waived: false },
    })
  })

  it.each([
    [{ subject_identifier: 5 }, ['subject_identifier'], ...STRING],
    [{ subject_type: ['koji_build'] }, ['subject_type'], ...STRING],
    [{ testcase: 5 }, ['testcase'], ...STRING],
    [{ scenario: {} }, ['scenario'], ...STRING],
    [{ username: 5 }, ['username'], ...STRING],
    [{ waived: 'no' }, ['waived'], 'Input should be a valid boolean', 'bool_type'],
    [{ scenario: 's'.repeat(300) }, ['scenario'], ...tooLong(255)],
    [{ username: 'u'.repeat(256) }, ['username'], ...tooLong(255)],
    [{ product_version: 'p'.repeat(201) }, ['product_version'], ...tooLong(200)],
    [{ comment: '' }, ['comment'], ...SHORT],
    [{ product_version: '' }, ['product_version'], ...SHORT],
    [{ comment: null }, ['comment'], ...STRING],
    [{ comment: undefined }, ['comment'], ...MISSING],
    [{ testcase: '' }, [], ...NO_TEST_CASE],
    [{ subject_identifier: '' }, [], ...NO_SUBJECT],
    [{ subject_type: undefined, subject_identifier: undefined, subject: {} }, [], ...NO_SUBJECT],
    [
      { subject_type: undefined, subject_identifier: undefined, subject: 'a-1-1' },
      ['subject'],
      'Input should be a valid dictionary',
      'dict_type',
    ],
  ])('with %j is refused, and nothing of it is stored', async (change, loc, msg, type) => {
    const { post, world } = await waiverDb()
    const body = { ...WAIVER, ...change }
    expect(await post('/waivers/', body)).toEqual({
      status: 400,
      body: {
        validation_error: [
          {
            loc,
            msg,
            type,
            input: inputAt(body, loc[0]),
            url: `https://errors.pydantic.dev/2.6/v/${type}`,
          },
        ],
      },
    })
    expect(world.waiverDb.waivers).toEqual([])
  })

  it('for a result needs its number', async () => {
    const { post, world } = await waiverDb()
    addResult(world.resultsDb, {
      testCase: 't',
      outcome: 'FAILED',
      submittedAt: '2021-01-01T00:00:00.000000',
      data: { type: ['koji_build'], item: ['a-1-1'] },
    })
    for (const result_id of ['one', 1.5])
      expect(await post('/waivers/', { ...BY_RESULT, result_id })).toMatchObject({
        status: 400,
        body: { validation_error: [{ loc: ['result_id'], msg: 'Input should be a valid integer' }] },
      })
    for (const result_id of [1, '1'])
      expect(await post('/waivers/', { ...BY_RESULT, result_id })).toMatchObject({
        status: 201,
        body: { testcase: 't', subject_identifier: 'a-1-1' },
      })
  })

  it('for a result needs a result with a subject', async () => {
    const { post, world } = await waiverDb()
    addResult(world.resultsDb, {
      testCase: 't',
      outcome: 'FAILED',
      submittedAt: '2021-01-01T00:00:00.000000',
      data: { type: ['koji_build'] },
    })
    expect(await post('/waivers/', BY_RESULT)).toMatchObject({
      status: 400,
      body: { validation_error: [{ loc: [], msg: NO_SUBJECT[0], input: BY_RESULT }] },
    })
    expect(world.waiverDb.waivers).toEqual([])
  })
})

describe('filters', () => {
  it.each([
    [{}, ['filters'], ...MISSING],
    [{ filters: null }, ['filters'], 'Input should be a valid list', 'list_type'],
    [{ filters: [] }, ['filters'], 'List should have at least 1 item after validation, not 0', 'too_short'],
    [{ filters: [{}, 'x'] }, ['filters', 1], 'Input should be a valid dictionary', 'dict_type'],
    [{ filters: [{ testcase: 5 }] }, ['filters', 0, 'testcase'], ...STRING],
    [
      { filters: [{}], include_obsolete: 'x' },
      ['include_obsolete'],
      'Input should be a valid boolean',
      'bool_type',
    ],
  ])('%j are refused in the form of all refusals', async (body, loc, msg, type) => {
    const { post } = await waiverDb()
    const { body: answer, status } = await post('/waivers/+filtered', body)
    expect(status).toBe(400)
    expect(answer).toMatchObject({ validation_error: [{ loc, msg, type }] })
    const [error = {}] = answer.validation_error as Record<string, unknown>[]
    expect(Object.keys(error)).toEqual(['loc', 'msg', 'type', 'input', 'url'])
  })

  it('with a day that does not exist are refused', async () => {
    const { post } = await waiverDb()
    expect(await post('/waivers/+filtered', { filters: [{ since: '2021-02-30' }] })).toEqual({
      status: 400,
      body: { message: { since: "Invalid isoformat string: '2021-02-30'" } },
    })
  })
})

describe('the service', () => {
  it('reports its health in plain text at the root', async () => {
    const { urls } = await waiverDb()
    const response = await fetch(`${new URL(urls.WAIVERDB_API_URL).origin}/healthcheck`)
    expect([response.status, await response.text()]).toEqual([200, 'Health check OK'])
  })

  it.each(['/api/v1.0/nothing', '/nothing'])('answers an unknown path in JSON: %s', async (path) => {
    const { urls } = await waiverDb()
    const response = await fetch(`${new URL(urls.WAIVERDB_API_URL).origin}${path}`)
    expect([response.status, await response.text()]).toEqual([404, '{"message":"Not found"}'])
  })
})

/** For a missing field and for an error of the whole body, `input` is the whole body. */
function inputAt(body: Record<string, unknown>, field: string | undefined): unknown {
  const value = field === undefined ? undefined : body[field]
  return value === undefined ? JSON.parse(JSON.stringify(body)) : value
}
