/** Fetching composes from a small server with answers in the shapes of ODCS. */
import { describe, expect, test, vi } from 'vitest'
import { createOdcsClient } from '../../../../src/clients/odcs/client.ts'
import { NotVerifiable } from '../../../../src/lib/errors.ts'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import { composeAnswer } from '../../../support/composes/fake-odcs.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

/** What `unusable` returns about composes that builds can use. */
const USABLE = { unfinished: [], unknown: [] }

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

  test('in an unknown state are an error', async () => {
    const { url } = await serve((_request, response) => sendJson(response, composeAnswer(1, 5)))
    await expect(createOdcsClient(clientOptions(url)).getCompose(1)).rejects.toThrow(
      "unexpected answer at 'state'",
    )
  })
})
