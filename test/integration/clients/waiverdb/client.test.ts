/** The client of the waiver service: what it sends, what it accepts and what it refuses. */
import { describe, expect, it, vi } from 'vitest'
import { createWaiverDbClient } from '../../../../src/clients/waiverdb/client.ts'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { DEAD_URL, sendJson, serve } from '../../../support/servers/http-server.ts'

const WAIVER = {
  id: 9,
  subject_type: 'koji_build',
  subject_identifier: 'a-1-1',
  subject: { item: 'a-1-1', type: 'koji_build' },
  testcase: 'dist.abicheck',
  scenario: null,
  product_version: 'fedora-26',
  waived: true,
  comment: 'dead',
  username: 'alice',
  proxied_by: null,
  timestamp: '2021-05-01T00:00:00',
}

async function waiverDb(answer: unknown, status = 200) {
  const server = await serve((_request, response) => sendJson(response, answer, status))
  return { ...server, client: createWaiverDbClient(clientOptions(`${server.url}/api/v1.0`)) }
}

describe('waivers', () => {
  it('are fetched by POST, and returned in our types with their originals', async () => {
    const { client, received, url } = await waiverDb({
      data: [WAIVER, { ...WAIVER, id: 8, scenario: 's1', waived: false, timestamp: 7 }],
    })
    const { waivers } = await client.filtered('{"filters":[]}', { signal: AbortSignal.timeout(60_000) })
    expect(waivers).toEqual([
      {
        id: 9,
        subjectType: 'koji_build',
        subjectIdentifier: 'a-1-1',
        testCase: 'dist.abicheck',
        scenario: null,
        productVersion: 'fedora-26',
        waived: true,
        createdAt: Date.parse('2021-05-01T00:00:00Z'),
        raw: WAIVER,
      },
      expect.objectContaining({ id: 8, scenario: 's1', waived: false, createdAt: null }),
    ])
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1.0/waivers/+filtered',
      body: '{"filters":[]}',
    })
    expect(received[0]?.headers['content-type']).toBe('application/json')
    expect(client.filteredUrl).toBe(`${url}/api/v1.0/waivers/+filtered`)
  })

  it('are requested again from a busy server, since the request changes nothing', async () => {
    const { client, received } = await waiverDb({}, 502)
    await expect(client.filtered('{}', { signal: AbortSignal.timeout(60_000) })).rejects.toMatchObject({
      name: 'UpstreamError',
      status: 502,
    })
    expect(received).toHaveLength(3)
  })

  it.each([
    [{ waived: 'yes' }, '0.waived'],
    [{ id: null }, '0.id'],
    [{ testcase: {} }, '0.testcase'],
    [{ subject_identifier: 5 }, '0.subject_identifier'],
  ])('that cannot be read (%j) are left out and reported, the others returned', async (odd, path) => {
    const { url } = await waiverDb({ data: [{ ...WAIVER, ...odd }, { ...WAIVER, id: 10 }, null] })
    const onUnreadable = vi.fn<ReportUnreadable>()
    const client = createWaiverDbClient({ ...clientOptions(url), onUnreadable })
    const { waivers } = await client.filtered('{}', { signal: AbortSignal.timeout(60_000) })
    expect(waivers.map(({ id }) => id)).toEqual([10])
    expect(onUnreadable.mock.calls.map(([{ unreadable }]) => unreadable.map((one) => one.path))).toEqual([
      [path, '2'],
    ])
  })

  it('are refused with the place of the fault when the answer has no list of them', async () => {
    const { client } = await waiverDb({ data: {} })
    await expect(client.filtered('{}', { signal: AbortSignal.timeout(60_000) })).rejects.toThrow(
      /waiverdb: .*'data'/,
    )
  })

  it('fail as unreachable without a server', async () => {
    const client = createWaiverDbClient(clientOptions(DEAD_URL))
    await expect(client.filtered('{}', { signal: AbortSignal.timeout(60_000) })).rejects.toMatchObject({
      failure: 'unreachable',
    })
  })
})
