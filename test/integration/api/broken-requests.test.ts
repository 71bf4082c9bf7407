/** Requests that are not valid HTTP, end too early or cannot be decoded: refused with a text, and never taken for another request. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWeb, type Web } from '../../../src/api/server.ts'
import { startApi, type TestApi } from '../../support/api/api.ts'
import { type Logins, PROXY, startLogins } from '../../support/api/logins.ts'
import { isGuarded, ROUTES, type Route } from '../../support/api/routes.ts'
import { countRows } from '../../support/database/stored-rows.ts'
import { eventually } from '../../support/eventually.ts'

const CUT_OFF = 'The connection was closed before the request body was complete.'
let logins: Logins
let api: TestApi
let web: Web
beforeAll(async () => {
  logins = await startLogins('ssl')
  const file = JSON.stringify({ ...JSON.parse(logins.file), trusted_proxies: [PROXY, '127.0.0.1'] })
  api = await startApi({ ...logins.env, PORT: '0' }, file)
  web = await startWeb(api.ctx)
})
afterAll(async () => {
  await web?.stop()
  await api?.drop()
  await logins?.stop()
})

/** Sends the texts, each after the answer to the one before, and returns all answers until the connection is closed. */
async function exchange(...sent: string[]): Promise<string> {
  const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data
  })
  socket.on('error', () => undefined) // it may still be writing when the server closes the connection
  const closed = once(socket, 'close')
  for (const [index, part] of sent.entries()) {
    if (index > 0) await once(socket, 'data')
    socket.write(part)
  }
  await closed
  return text
}

async function newestEntry(): Promise<object | undefined> {
  const [row] = await api.ctx.db.fork().execute<object[]>('select * from audit order by id desc limit 1')
  return row
}

const HEAD = 'GET /api/1/about/ HTTP/1.1\r\nHost: a\r\n'

describe('what is not a valid HTTP request', () => {
  it.each([
    ['a method in lower case', 'get / HTTP/1.1\r\n\r\n', 400, 'Invalid method encountered'],
    ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'Content-Length'],
    [
      'a length beside chunks',
      `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      "Transfer-Encoding can't be present with Content-Length",
    ],
    ['a host that no URL can have', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400, 'Invalid URL'],
    ['an address that is not a path', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'Invalid URL'],
    ['an unknown expectation', `${HEAD}Expect: tea\r\n\r\n`, 417, 'The expectation tea is not supported.'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, 'The request has no Host header, which HTTP/1.1 requires.'],
    ['two hosts', `${HEAD}HOST: b\r\n\r\n`, 400, 'The request has more than one Host header.'],
    ['the same host twice', `${HEAD}Host: a\r\n\r\n`, 400, 'The request has more than one Host header.'],
    ['two hosts in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n', 400, 'more than one Host'],
    ['too large a head', `${HEAD}A: ${'b'.repeat(70_000)}\r\n\r\n`, 431, 'larger than 65536 bytes'],
    ['far too large a head', `${HEAD}A: ${'b'.repeat(3_000_000)}\r\n\r\n`, 431, 'larger than 65536 bytes'],
  ])('%s', async (_what, sent, status, message) => {
    const answer = await exchange(sent.replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n'))
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*content-type: application/json`, 'is'))
    const body = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))
    expect(body).toEqual({ error: expect.any(String), message: expect.stringContaining(message), status })
    expect((await fetch(`${web.url}/health/live`)).status).toBe(200)
  })

  it('is refused in words when it ends early and the client still listens', async () => {
    const socket = connect({ port: Number(new URL(web.url).port), host: '127.0.0.1', allowHalfOpen: true })
    socket.setEncoding('utf8').end(`${HEAD}Content-Le`)
    const [answer] = await once(socket, 'data')
    socket.destroy()
    expect(answer).toContain('"message":"The connection was closed before the request was complete."')
  })

  it('is refused after the answer to a valid one on the same connection', async () => {
    const answer = await exchange(`${HEAD}\r\n`, 'nonsense\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 200 OK.*"auth_backend".*HTTP\/1.1 400 Bad Request/s)
  })
})

const WITH_BODY = ROUTES.filter(({ body }) => body !== undefined).map((route) => [route.name, route] as const)

async function sendBytes(
  route: Route,
  body: Uint8Array<ArrayBuffer> | ReadableStream | string,
  headers: Record<string, string> = {},
  env?: object,
) {
  const path = await route.path(api, logins.nameOf('owner'))
  const caller = await logins.as('admin')
  await api.request('/api/2/audit', caller) // the row of the user
  const before = await countRows(api.ctx.db)
  const socket = { remoteAddress: PROXY }
  const response = await api.app.request(
    path,
    {
      method: route.method,
      body,
      duplex: 'half',
      headers: { 'Content-Type': 'application/json', ...caller.headers, ...headers },
    } as RequestInit, // the type lacks `duplex`, which a stream needs
    { incoming: { complete: true, errored: null, rawHeaders: [], socket, ...env } } as never, // all that is read
  )
  const { message } = JSON.parse(await response.text())
  const audit = (before['audit'] ?? 0) + (isGuarded(route.guard) ? 1 : 0)
  expect(await countRows(api.ctx.db)).toEqual({ ...before, audit })
  if (isGuarded(route.guard))
    expect(await newestEntry()).toMatchObject({ outcome: 'refused', detail: message })
  return { status: response.status, message }
}

describe('a body that ends before its announced length', () => {
  it.each(WITH_BODY)('is not reported as trouble of the database: %s', async (_name, route) => {
    const lost = Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
    const body = new ReadableStream({ pull: (controller) => controller.error(lost) })
    const answer = await sendBytes(route, body, {}, { complete: false, errored: lost })
    expect(answer).toEqual({ status: 400, message: CUT_OFF })
  })

  it('is recorded as a refused request when the client has gone', async () => {
    const { headers = {} } = await logins.as('admin')
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
    socket.write(
      `POST /api/1/builds/ HTTP/1.1\r\nHost: a\r\n${lines.join('')}Content-Length: 50\r\nExpect: 100-continue\r\n\r\n{`,
    )
    const before = await countRows(api.ctx.db)
    await once(socket, 'data') // the head has arrived
    socket.resetAndDestroy()
    await eventually(
      () => countRows(api.ctx.db),
      (rows) => rows['audit'] !== before['audit'],
    )
    expect(await newestEntry()).toMatchObject({ action: 'rebuild', outcome: 'refused', detail: CUT_OFF })
  })
})

describe('a body that cannot be decoded', () => {
  const json = WITH_BODY.filter(([name]) => !name.includes('/api/v1.0/'))

  it.each(json)('is refused, not changed, when it is not UTF-8: %s', async (_name, route) => {
    const body = Buffer.concat([Buffer.from('{"reason":"'), Buffer.from([0xff]), Buffer.from('"}')])
    const answer = await sendBytes(route, new Uint8Array(body))
    expect(answer).toEqual({ status: 400, message: 'The request body is not valid UTF-8.' })
  })

  it.each(json)('is refused with its encoding when it is compressed: %s', async (_name, route) => {
    const body = new Uint8Array(gzipSync(route.body ?? ''))
    const answer = await sendBytes(route, body, { 'Content-Encoding': 'gzip' })
    expect(answer).toEqual({
      status: 400,
      message: 'The Content-Encoding gzip is not supported: send the request body uncompressed.',
    })
  })

  it('is refused with what is wrong and where when it is not JSON', async () => {
    const plans = json.find(([name]) => name === 'POST /api/2/plans')?.[1] as Route // one of the table
    const wrong = 'The request body is not valid JSON: '
    const about = async (body: string) => (await sendBytes(plans, body)).message
    expect(await about('')).toBe('The request body is empty, and has to be JSON.')
    expect(await about('{"errata_id": 1,\n "rpm_nvrs" []}')).toMatch(
      `${wrong}Expected ':' after property name`,
    )
    expect(await about('{"errata_id": 1,\n "rpm_nvrs" []}')).toMatch(/line 2 column 13/)
  })
})
