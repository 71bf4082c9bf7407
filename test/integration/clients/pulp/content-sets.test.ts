/** The content sets of repositories, from a small server with answers in the shapes of Pulp. */
import { describe, expect, test } from 'vitest'
import { createPulpClient } from '../../../../src/clients/pulp/client.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

describe('content sets', () => {
  test('are those of the repositories that have one, distinct and sorted', async () => {
    const { url, received } = await serve((_request, response) =>
      sendJson(response, [
        { id: 'b', notes: { content_set: 'z-rpms', arch: 'x86_64' } },
        { id: 'a', notes: { content_set: 'a-rpms' } },
        { id: 'c', notes: { content_set: 'z-rpms' } },
        { id: 'd', notes: {} },
        { id: 'e', notes: null },
      ]),
    )
    expect(await createPulpClient(clientOptions(url)).contentSets(['a', 'b'])).toEqual({
      contentSets: ['a-rpms', 'z-rpms'],
      unreadable: [],
    })
    expect(received[0]).toMatchObject({ method: 'POST', url: '/pulp/api/v2/repositories/search/' })
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      criteria: { filters: { id: { $in: ['a', 'b'] } }, fields: ['id', 'notes'] },
    })
  })

  test('of many repositories are queried in parts; without repositories nothing is sent', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, [{ notes: null }]))
    const client = createPulpClient(clientOptions(url))
    const { unreadable } = await client.contentSets(
      Array.from({ length: 1100 }, (_, index) => `repo-${index}`),
    )
    expect(received.map(({ body }) => JSON.parse(body).criteria.filters.id.$in.length).toSorted()).toEqual([
      100, 500, 500,
    ])
    expect(unreadable).toHaveLength(1097)
    expect(await client.contentSets([])).toEqual({ contentSets: [], unreadable: [] })
    expect(received).toHaveLength(3)
  })

  test('of repositories that Pulp does not return are not known, unless unreadable records may be theirs', async () => {
    const { url } = await serve((_request, response, count) =>
      sendJson(response, [
        { id: 'a', notes: { content_set: 'a-rpms' } },
        ...(count === 0 ? [] : [{ notes: 7 }]),
      ]),
    )
    const client = createPulpClient(clientOptions(url))
    expect(await client.contentSets(['a', 'b', 'c', 'a'])).toEqual({
      contentSets: ['a-rpms'],
      unreadable: ['b', 'c'].map((path) => ({ path, message: 'Pulp does not know this repository' })),
    })
    expect((await client.contentSets(['a', 'b'])).unreadable).toMatchObject([{ path: '1.notes' }])
  })

  test('are not known, which is trouble of Pulp, when it returns none of the repositories', async () => {
    const { url } = await serve((_request, response) => sendJson(response, []))
    await expect(createPulpClient(clientOptions(url)).contentSets(['a', 'b'])).rejects.toMatchObject({
      blame: 'service',
      message: 'pulp: POST /pulp/api/v2/repositories/search/: it knows none of 2 repositories',
    })
  })

  test('are queried again when a gateway fails, because a search changes nothing', async () => {
    const { url } = await serve((_request, response, count) =>
      count === 0 ? sendJson(response, {}, 502) : sendJson(response, [{ notes: { content_set: 'a' } }]),
    )
    expect(await createPulpClient(clientOptions(url)).contentSets(['x'])).toEqual({
      contentSets: ['a'],
      unreadable: [],
    })
  })
})
