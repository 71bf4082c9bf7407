/** The client of the results database: what it sends, what it accepts and what it refuses. */
import { describe, expect, it, vi } from 'vitest'
import { createResultsDbClient } from '../../../../src/clients/resultsdb/client.ts'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

const RESULT = {
  id: 7,
  testcase: { name: 'dist.abicheck', href: 'http://r/testcases/dist.abicheck', ref_url: null },
  groups: [],
  outcome: 'ERROR',
  note: null,
  ref_url: null,
  submit_time: '2021-05-01T00:00:00.123456',
  data: { item: ['a-1-1'], scenario: ['s1', 's2'] },
  error_reason: 'no network',
  href: 'http://r/results/7',
}

const plain = () => ({ originals: false, signal: AbortSignal.timeout(60_000) })

async function resultsDb(answer: unknown, status = 200) {
  const server = await serve((_request, response) => sendJson(response, answer, status))
  return { ...server, client: createResultsDbClient(clientOptions(`${server.url}/api/v2.0/`)) }
}

describe('results', () => {
  it('are fetched with the query string unchanged, and returned in our types', async () => {
    const { client, received, url } = await resultsDb({ data: [RESULT] })
    expect(await client.latest('item=a-1-1,b-1-1&_distinct_on=scenario', plain())).toEqual([
      {
        id: 7,
        testCase: 'dist.abicheck',
        outcome: 'ERROR',
        submitTime: '2021-05-01T00:00:00.123456',
        data: { item: ['a-1-1'], scenario: ['s1', 's2'] },
        errorReason: 'no network',
        fault: null,
        raw: null,
      },
    ])
    expect(received[0]?.url).toBe('/api/v2.0/results/latest?item=a-1-1,b-1-1&_distinct_on=scenario')
    expect(client.latestUrl).toBe(`${url}/api/v2.0/results/latest`)
  })

  it('include their originals with unknown fields on request', async () => {
    const odd = { ...RESULT, extra: { deep: [1, null] } }
    const { client } = await resultsDb({ data: [odd] })
    const [result] = await client.latest('item=a', { ...plain(), originals: true })
    expect(result?.raw).toEqual(odd)
    expect(result?.testCase).toBe('dist.abicheck')
  })

  it('may have single values, numbers or nothing instead of lists of texts', async () => {
    const data = { item: 'a-1-1', build: 5, list: [1, 'x'], none: null, ['__proto__']: 'x' }
    const { client } = await resultsDb({
      data: [
        { ...RESULT, data, submit_time: null, error_reason: undefined },
        { ...RESULT, data: null },
        { ...RESULT, data: undefined },
      ],
    })
    const [odd, empty, none] = await client.latest('item=a', plain())
    expect(odd).toMatchObject({
      submitTime: '',
      errorReason: null,
      data: { item: ['a-1-1'], build: ['5'], list: ['1', 'x'], none: [] },
    })
    expect([empty?.data, none?.data]).toEqual([{}, {}])
  })

  it.each([
    [{ results: [] }, "'data'"],
    [{ data: {} }, "'data'"],
    [[], "''"],
    [null, "''"],
  ])(
    'are refused with the place of the fault when the answer has no list of them (%#), with or without originals',
    async (answer, place) => {
      const { client } = await resultsDb(answer)
      for (const originals of [false, true])
        await expect(client.latest('item=a', { ...plain(), originals })).rejects.toMatchObject({
          service: 'resultsdb',
          failure: 'odd-answer',
          message: expect.stringContaining(place),
        })
    },
  )

  it.each([
    [{ testcase: 'dist.abicheck' }, 'data.1.testcase', { testCase: '', outcome: '' }, ['testCase']],
    [{ testcase: { name: null } }, 'data.1.testcase.name', { testCase: '', id: 7 }, ['testCase']],
    [{ id: 'seven' }, 'data.1.id', { id: null, testCase: 'dist.abicheck' }, []],
    [{ outcome: null }, 'data.1.outcome', { id: 7, outcome: '' }, []],
    [{ data: 'x' }, 'data.1.data', { data: {} }, ['data']],
    [{ submit_time: 5 }, 'data.1.submit_time', { submitTime: '' }, ['submitTime']],
  ])(
    'that cannot be read (%j) are kept with their fault, and reported once',
    async (odd, place, parts, unknown) => {
      const { url } = await resultsDb({ data: [RESULT, { ...RESULT, ...odd }, { ...RESULT, id: 8 }] })
      for (const originals of [false, true]) {
        const onUnreadable = vi.fn<ReportUnreadable>()
        const client = createResultsDbClient({ ...clientOptions(url), onUnreadable })
        const results = await client.latest('item=a', { ...plain(), originals })
        expect(results.map(({ fault }) => fault && [...fault.unknown])).toEqual([null, unknown, null])
        expect(results[1]).toMatchObject(parts)
        expect(results[1]?.errorReason).toContain(`cannot be read at '${place.replace('data.1.', '')}'`)
        expect(results[1]?.raw).toEqual(originals ? { ...RESULT, ...odd } : null)
        expect(onUnreadable.mock.calls.map(([{ unreadable }]) => unreadable.map(({ path }) => path))).toEqual(
          [[place]],
        )
      }
    },
  )

  it.each([null, 5, 'text', [], [RESULT]])(
    'that are not objects (%j) are accepted, and not shown',
    async (odd) => {
      const { client } = await resultsDb({ data: [odd] })
      const [result] = await client.latest('item=a', { ...plain(), originals: true })
      expect(result).toMatchObject({ id: null, raw: null })
      expect([...(result?.fault?.unknown ?? [])]).toEqual(['testCase', 'data', 'submitTime'])
    },
  )

  it('with very deep nesting count as unreadable where originals are shown, and are accepted elsewhere', async () => {
    const nest = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const { url } = await serve((_request, response) => {
      response.end(
        `{"data":[${JSON.stringify({ ...RESULT, data: { item: 0 }, x: 0 }).replaceAll(':0', `:${nest}`)}]}`,
      )
    })
    const client = createResultsDbClient(clientOptions(url))
    expect((await client.latest('item=a', plain()))[0]?.data).toEqual({ item: [] })
    const [deep] = await client.latest('item=a', { ...plain(), originals: true })
    expect(deep).toMatchObject({ testCase: 'dist.abicheck', raw: null, data: { item: [] } })
    expect(deep?.fault?.reason).toContain('is nested too deep')
  })

  it('are requested again from a busy server, but not after a refusal', async () => {
    const { client, received } = await resultsDb({ message: 'busy' }, 503)
    await expect(client.latest('item=a', plain())).rejects.toMatchObject({ failure: 'status', status: 503 })
    expect(received).toHaveLength(3)
    const tooLong = await resultsDb({ message: 'too long' }, 414)
    await expect(tooLong.client.latest('item=a', plain())).rejects.toMatchObject({ status: 414 })
    expect(tooLong.received).toHaveLength(1)
  })

  it('are abandoned when the caller gives up', async () => {
    const { url, received } = await serve(() => {})
    const client = createResultsDbClient(clientOptions(url, { timeoutMs: 60_000 }))
    const controller = new AbortController()
    const pending = client.latest('item=a', { originals: false, signal: controller.signal })
    while (received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    await expect(pending).rejects.toMatchObject({ failure: 'timeout' })
    expect(received).toHaveLength(1)
  })

  it('are fetched over keep-alive connections', async () => {
    const sockets = new Set<unknown>()
    const { url } = await serve((_request, response) => {
      sockets.add(response.socket)
      sendJson(response, { data: [] })
    })
    const client = createResultsDbClient(clientOptions(url, { concurrency: 1 }))
    for (let n = 0; n < 5; n += 1) await client.latest(`item=${n}`, plain())
    expect(sockets.size).toBe(1)
    await client.close()
  })
})
