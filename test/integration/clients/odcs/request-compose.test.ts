/** Requesting composes from a small server with answers in the shapes of ODCS, also when its answer is lost. */
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { createOdcsClient } from '../../../../src/clients/odcs/client.ts'
import { OutcomeUnknown } from '../../../../src/lib/errors.ts'
import { composeAnswer, odcsThat } from '../../../support/composes/fake-odcs.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { sendJson } from '../../../support/servers/http-server.ts'

describe('composes', () => {
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
})
