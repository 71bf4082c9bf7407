import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { UpstreamError } from '../../../../src/lib/errors.ts'
import { createHttpClient, type HttpCall } from '../../../../src/lib/http/client.ts'
import { readAbout } from '../../../../src/lib/version.ts'
import { clientOptions } from '../../../support/lab/client-options.ts'
import { httpClient, schema } from '../../../support/servers/http-client.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'
import { stopClock } from '../../../support/stopped-clock.ts'

describe('the client', () => {
  test('sends its user agent, unless the options contain another one', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    await httpClient(url).json({ path: '/x' }, schema)
    await httpClient(url).json({ path: '/x', method: 'POST', json: {} }, schema)
    const headers = { 'user-agent': 'other-client/2' }
    await createHttpClient({ ...clientOptions(url), service: 'odcs', headers }).json({ path: '/x' }, schema)
    const own = `freshwave/${readAbout().version}`
    expect(received.map((request) => request.headers['user-agent'])).toEqual([own, own, 'other-client/2'])
  })

  test('never exceeds the concurrency limit, and completes all calls', async () => {
    let under = 0
    let max = 0
    const { url } = await serve(async (_request, response) => {
      under += 1
      max = Math.max(max, under)
      await new Promise((resolve) => setTimeout(resolve, 10))
      under -= 1
      sendJson(response, { id: 1 })
    })
    const http = httpClient(url, { concurrency: 3 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => http.json({ path: '/x' }, schema)))
    expect(answers).toHaveLength(20)
    expect(max).toBe(3)
  })

  test('does not count the wait for a slot as time of the attempt', async () => {
    const responses: ServerResponse[] = []
    const { url } = await serve((_request, response) => void responses.push(response))
    const { pass, until } = stopClock()
    const retry = { attempts: 1, firstDelayMs: 1 }
    const http = httpClient(url, { concurrency: 1, timeoutMs: 60_000, retry })
    const fetching = Promise.all(Array.from({ length: 5 }, () => http.json({ path: '/x' }, schema)))
    for (let answered = 0; answered < 5; answered += 1) {
      await until(responses, answered + 1)
      await pass(50_000)
      for (const response of responses.slice(answered)) sendJson(response, { id: 1 })
    }
    await fetching
  })

  test('reports the outcome of each attempt to the metrics', async () => {
    const calls: HttpCall[] = []
    const { url } = await serve((_request, response, count) =>
      count === 0 ? sendJson(response, {}, 503) : sendJson(response, count === 1 ? { id: 1 } : {}),
    )
    const http = httpClient(url, { onCall: (call) => calls.push(call) })
    await http.json({ path: '/x' }, schema)
    await http.json({ path: '/x' }, schema).catch(() => {})
    expect(calls.map(({ service, outcome }) => [service, outcome])).toEqual([
      ['odcs', 'status'],
      ['odcs', 'ok'],
      ['odcs', 'odd-answer'],
    ])
    expect(calls[0]?.ms).toBeGreaterThan(0)
  })

  test('gets fresh credentials once when the old ones are refused', async () => {
    const { url, received } = await serve((request, response) =>
      request.headers.authorization === 'Negotiate ticket-2'
        ? sendJson(response, { id: 1 })
        : sendJson(response, {}, 401),
    )
    let tickets = 0
    const authorize = async () => ({ authorization: `Negotiate ticket-${++tickets}` })
    const http = createHttpClient({ ...clientOptions(url), service: 'odcs', authorize })
    expect(await http.json({ path: '/x', method: 'POST', json: {} }, schema)).toEqual({ id: 1 })
    await expect(http.json({ path: '/x' }, schema)).rejects.toMatchObject({ status: 401 })
    expect(received).toHaveLength(4)
  })

  test('sends nothing without credentials, and does not report that as a failure of the service', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const authorize = async () => {
      throw new Error('no ticket')
    }
    const http = createHttpClient({ ...clientOptions(url), service: 'odcs', authorize })
    await expect(http.json({ path: '/x', method: 'POST', json: {} }, schema)).rejects.toThrow(/^no ticket$/)
    expect(received).toHaveLength(0)
  })

  test('does not disguise a bug in our own code as a bad answer', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { id: 1 }))
    const broken = schema.transform((): number => {
      throw new TypeError('our mistake')
    })
    await expect(httpClient(url).json({ path: '/x' }, broken)).rejects.toThrow(TypeError)
    expect(received).toHaveLength(1)
  })

  test('reuses its connections, and closes them at the end', async () => {
    const ports = new Set<unknown>()
    const { url } = await serve((_request, response) => {
      ports.add(response.socket?.remotePort)
      sendJson(response, { id: 1 })
    })
    const http = httpClient(url)
    for (let count = 0; count < 20; count += 1) await http.json({ path: '/x' }, schema)
    expect(ports.size).toBeLessThanOrEqual(4)
    await http.close()
    await expect(http.json({ path: '/x', attempts: 1 }, schema)).rejects.toBeInstanceOf(UpstreamError)
  })
})
