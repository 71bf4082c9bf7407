/** The clients of ODCS and Pulp against small servers with answers in their shapes. */
import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { createOdcsClient } from '../../../src/clients/odcs/client.ts'
import { createPulpClient } from '../../../src/clients/pulp/client.ts'
import { NotVerifiable, OutcomeUnknown } from '../../../src/lib/errors.ts'
import type { ReportUnreadable } from '../../../src/lib/records.ts'
import { clientOptions } from '../../support/lab/client-options.ts'
import { sendJson, serve } from '../../support/servers/http-server.ts'

/** What `unusable` returns about composes that builds can use. */
const USABLE = { unfinished: [], unknown: [] }

function composeAnswer(id: number, state: number, changes: Record<string, unknown> = {}) {
  return {
    id,
    owner: 'freshwave',
    source_type: 4,
    source: 'b-rpms a-rpms',
    state,
    state_name: ['wait', 'generating', 'done', 'removed', 'failed'][state],
    state_reason: null,
    result_repofile: `http://odcs.example.com/composes/odcs-${id}/compose/Temporary/odcs-${id}.repo`,
    flags: [],
    sigkeys: '',
    packages: null,
    ...changes,
  }
}

/** An ODCS that lists `composes` and answers requests as `answer` does; `sent` are the requests. */
async function odcsThat(answer: (response: ServerResponse) => void, composes: () => object[] = () => []) {
  const { url, received } = await serve(({ method }, response) => {
    if (method === 'POST') return answer(response)
    sendJson(response, { items: composes(), meta: { page: 1 } })
  })
  return { url, sent: () => received.filter(({ method }) => method === 'POST') }
}

describe('composes', () => {
  test('are fetched by id, each once, and have their states by name', async () => {
    const states: Record<string, number> = { 1: 0, 2: 1, 3: 2, 4: 3, 5: 4 }
    const { url, received } = await serve(({ url: path }, response) => {
      const id = path.split('/').at(-1) ?? ''
      const state = states[id]
      if (state === undefined)
        return sendJson(response, { status: 404, error: 'Not Found', message: 'No compose' }, 404)
      sendJson(
        response,
        composeAnswer(
          Number(id),
          state,
          state === 4 ? { state_reason: 'no space', result_repofile: '' } : {},
        ),
      )
    })
    const composes = await createOdcsClient(clientOptions(url)).composes([1, 2, 3, 4, 5, 6, 1])
    const valueAt = (id: number) => {
      const answer = composes.get(id)
      return answer?.ok ? answer.value : undefined
    }
    expect([...composes.keys()].map((id) => [id, valueAt(id)?.state])).toEqual([
      [1, 'wait'],
      [2, 'generating'],
      [3, 'done'],
      [4, 'removed'],
      [5, 'failed'],
      [6, undefined],
    ])
    expect(valueAt(6)).toBeNull()
    expect(valueAt(5)).toEqual({
      id: 5,
      state: 'failed',
      stateReason: 'no space',
      isOfModules: false,
      sources: ['b-rpms', 'a-rpms'],
      repoFileUrl: null,
    })
    expect(received).toHaveLength(6)
    expect(received[0]?.url).toBe('/api/1/composes/1')
  })

  test.each([
    ['a page', '<html><h1>404 Not Found</h1></html>'],
    ['JSON of another service', '{"message":"no Route matched with those values"}'],
  ])('are not unknown, nor ended, while a proxy answers 404 with %s', async (_what, page) => {
    let [isAway, state] = [true, 1]
    const { url } = await serve((_request, response) => {
      if (isAway) return void response.writeHead(404).end(page)
      sendJson(response, composeAnswer(7, state))
    })
    const client = createOdcsClient(clientOptions(url))
    const trouble = { blame: 'service', status: 404 }
    expect((await client.composes([7])).get(7)).toMatchObject({ ok: false, error: trouble })
    await expect(client.unusable([7])).rejects.toMatchObject(trouble)
    isAway = false
    expect(await client.unusable([7])).toEqual({ unfinished: [7], unknown: [] })
    state = 2
    expect(await client.unusable([7])).toEqual(USABLE)
  })

  test('are not known while ODCS answers with another one, which is its trouble', async () => {
    const { url } = await serve((_request, response) => sendJson(response, composeAnswer(6, 2)))
    const client = createOdcsClient(clientOptions(url))
    const trouble = { blame: 'service', message: 'odcs: GET /api/1/composes/5: the answer is about 6, not 5' }
    await expect(client.getCompose(5)).rejects.toMatchObject(trouble)
    await expect(client.unusable([5])).rejects.toMatchObject(trouble)
    expect((await client.composes([5])).get(5)).toMatchObject({ ok: false, error: trouble })
    expect(await client.unusable([6])).toEqual(USABLE)
  })

  test('that are unknown are not remembered as ended', async () => {
    let isKnown = false
    const { url } = await serve((_request, response) => {
      if (isKnown) return sendJson(response, composeAnswer(7, 1))
      sendJson(response, { status: 404, error: 'Not Found', message: 'No compose' }, 404)
    })
    const client = createOdcsClient(clientOptions(url))
    expect(await client.unusable([7])).toEqual({ unfinished: [], unknown: [7] })
    isKnown = true
    expect(await client.unusable([7])).toEqual({ unfinished: [7], unknown: [] })
  })

  test('of modules are told apart by the number of their type', async () => {
    const { url } = await serve(({ url: path }, response) => {
      const id = Number(path.split('/').at(-1))
      sendJson(response, composeAnswer(id, 2, { source_type: id === 9 ? '2' : id }))
    })
    const composes = await createOdcsClient(clientOptions(url)).composes([1, 2, 4, 9])
    expect([...composes.values()].map((answer) => answer.ok && answer.value?.isOfModules)).toEqual([
      false,
      true,
      false,
      false,
    ])
  })

  test('are answered each by itself: one that is odd or fails does not hide the others', async () => {
    const { url } = await serve(({ url: path }, response) => {
      const id = Number(path.split('/').at(-1))
      if (id === 2) return sendJson(response, {}, 500)
      sendJson(response, composeAnswer(id, 2, id === 3 ? { state: 'done' } : { source: 5, state_reason: [] }))
    })
    const onUnreadable = vi.fn<ReportUnreadable>()
    const client = createOdcsClient(clientOptions(url, { onUnreadable }))
    const composes = await client.composes([1, 2, 3, 4])
    expect([...composes].map(([id, answer]) => [id, answer.ok])).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, true],
    ])
    expect(onUnreadable.mock.calls.map(([{ unreadable }]) => unreadable.map(({ path }) => path))).toEqual([
      ['3'],
    ])
    await expect(client.unusable([1, 3])).rejects.toBeInstanceOf(NotVerifiable)
    expect(await client.unusable([1, 4])).toEqual(USABLE)
  })

  test('are requested with sorted lists, without empty ones, and with the configured token', async () => {
    const { url, sent } = await odcsThat((response) =>
      sendJson(response, composeAnswer(9, 0, { source_type: 6, source: '' })),
    )
    const client = createOdcsClient({ ...clientOptions(url), token: 'hush' })
    const compose = await client.requestCompose({
      type: 'build',
      source: '',
      packages: ['openssl', 'bash'],
      builds: ['openssl-1-1'],
      sigkeys: [],
      flags: ['no_deps'],
      arches: ['x86_64', 'aarch64'],
    })
    expect(compose).toMatchObject({ id: 9, state: 'wait' })
    const [request, ...more] = sent()
    expect(more).toEqual([])
    expect(request?.url).toBe('/api/1/composes/')
    expect(request?.headers.authorization).toBe('Bearer hush')
    expect(JSON.parse(request?.body ?? '')).toEqual({
      source: { type: 'build', source: '', packages: ['bash', 'openssl'], builds: ['openssl-1-1'] },
      flags: ['no_deps'],
      arches: ['aarch64', 'x86_64'],
    })
  })

  test('that are refused fail with the reason and without a retry', async () => {
    const { url, sent } = await odcsThat((response) =>
      sendJson(response, { status: 400, error: 'Bad Request', message: 'No source provided for 4' }, 400),
    )
    const refused = createOdcsClient(clientOptions(url)).requestCompose({ type: 'pulp', source: '' })
    await expect(refused).rejects.toMatchObject({
      status: 400,
      body: expect.stringContaining('No source provided'),
    })
    expect(sent()).toHaveLength(1)
  })

  test('have an unknown outcome when the answer is lost and none was made', async () => {
    const older = composeAnswer(8, 2, { source: 'a' })
    const { url, sent } = await odcsThat(
      (response) => void response.destroy(),
      () => [older],
    )
    const lost = createOdcsClient(clientOptions(url)).requestCompose({ type: 'pulp', source: 'a' })
    await expect(lost).rejects.toBeInstanceOf(OutcomeUnknown)
    expect(sent()).toHaveLength(1)
  })

  test.each([
    ['the connection breaks', (response: ServerResponse) => void response.destroy()],
    ['a proxy answers 503', (response: ServerResponse) => sendJson(response, {}, 503)],
  ])('are found by their content when the answer is lost after they were made: %s', async (_how, lose) => {
    const composes: object[] = [composeAnswer(8, 2, { source: 'b a' })]
    const made = [
      composeAnswer(13, 0, { source: 'a b', flags: ['no_deps'], packages: 'x y' }),
      { id: 12, state: 'odd' },
      composeAnswer(11, 4, { source: 'b a', flags: ['no_deps'], packages: 'y x' }),
      composeAnswer(10, 0, { source: 'b a', flags: ['no_deps'], packages: 'y' }),
      composeAnswer(9, 0, { source: 'b a', source_type: 1, flags: ['no_deps'], packages: 'y x' }),
    ]
    const { url, sent } = await odcsThat(
      (response) => {
        composes.unshift(...made)
        lose(response)
      },
      () => composes,
    )
    const wish = { type: 'pulp', source: 'b a', flags: ['no_deps'], packages: ['y', 'x'] } as const
    const client = createOdcsClient(clientOptions(url))
    expect(await client.requestCompose(wish)).toMatchObject({ id: 13, state: 'wait' })
    expect(sent()).toHaveLength(1)
  })

  test.each([
    ['of another type', { source_type: 1, source: 'b a' }],
    ['of another source', { source: 'c' }],
  ])('have an unknown outcome when the answer is about one %s, and are looked for', async (_what, other) => {
    const composes = [composeAnswer(8, 2, { source: 'c' })]
    const { url } = await odcsThat(
      (response) => sendJson(response, composeAnswer(7, 2, other)),
      () => composes,
    )
    const client = createOdcsClient(clientOptions(url))
    const wish = { type: 'pulp', source: 'b a' } as const
    await expect(client.requestCompose(wish)).rejects.toThrow('the answer is about another compose')
    const before = { newest: 8, maybeSent: false }
    composes.unshift(composeAnswer(9, 0, { source: 'a b' }))
    expect(await client.requestCompose(wish, before)).toMatchObject({ id: 9 })
  })

  test('of modules may be named in other words than requested', async () => {
    const { url } = await odcsThat((response) =>
      sendJson(response, composeAnswer(9, 0, { source_type: 2, source: 'nodejs:18:1:c0ffee' })),
    )
    const wish = { type: 'module', source: 'nodejs:18' } as const
    expect(await createOdcsClient(clientOptions(url)).requestCompose(wish)).toMatchObject({ id: 9 })
  })

  test('in an unknown state are an error', async () => {
    const { url } = await serve((_request, response) => sendJson(response, composeAnswer(1, 5)))
    await expect(createOdcsClient(clientOptions(url)).getCompose(1)).rejects.toThrow(
      "unexpected answer at 'state'",
    )
  })
})

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
