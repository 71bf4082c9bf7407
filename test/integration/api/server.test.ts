import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startWeb, type Web } from '../../../src/api/server.ts'
import { storeEvent } from '../../support/api/api.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database/database.ts'
import { eventually } from '../../support/eventually.ts'
import { makeCertificates } from '../../support/servers/certificates.ts'
import { stopClock } from '../../support/stopped-clock.ts'

/** The number of statements that wait for a lock in the database of the context. */
async function countWaitingLocks({ db }: TestContext): Promise<number> {
  const sql =
    'select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database ' +
    'where not l.granted and d.datname = current_database()'
  const [row] = await db.fork().execute<{ n: number }[]>(sql)
  return row?.n ?? 0
}

describe('the server', () => {
  let ctx: TestContext
  let web: Web
  beforeAll(async () => {
    ctx = await createTestContext({ PORT: '0' })
    web = await startWeb(ctx)
  })
  afterAll(async () => {
    await web.stop()
    await ctx.drop()
  })

  it('answers over a socket, with links that it serves itself', async () => {
    const id = await storeEvent(ctx.db)
    const response = await fetch(`${web.url}/api/2/events/`)
    expect(response.status).toBe(200)
    const { items, meta } = JSON.parse(await response.text())
    expect(items[0].id).toBe(id)
    expect(meta.first).toBe(`${web.url}/api/2/events/?page=1&per_page=10`)
    expect((await fetch(meta.first)).status).toBe(200)
  })

  it('answers HEAD with the headers of GET and no body', async () => {
    const response = await fetch(`${web.url}/api/1/about/`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(response.headers.get('content-type')).toContain('application/json')
  })

  it('keeps connections without a request for longer than proxies do, which send the next one on them', async () => {
    const response = await fetch(`${web.url}/health/live`)
    const [, seconds] = /^timeout=(\d+)$/.exec(response.headers.get('keep-alive') ?? '') ?? []
    expect(Number(seconds)).toBeGreaterThan(60)
  })

  it('recognizes requests from this machine', async () => {
    expect((await fetch(`${web.url}/queues`)).status).toBe(200)
    expect((await fetch(`${web.url}/queues`, { headers: { 'x-forwarded-for': '10.0.0.9' } })).status).toBe(
      403,
    )
  })

  it('answers requests without a Host header, which HTTP/1.0 allows', async () => {
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
    socket.end('GET /healthcheck HTTP/1.0\r\n\r\n')
    let text = ''
    for await (const data of socket) text += data
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Strict-Transport-Security.*Health check OK$/is)
  })

  it('accepts an address with a list of a thousand images', async () => {
    const images = 'image-with-a-long-name-container-1.2.3-20240101.1\n'.repeat(1000)
    const query = new URLSearchParams({ advisory: 'x', images })
    expect(String(query).length).toBeGreaterThan(50_000)
    const response = await fetch(`${web.url}/ui/what-if?${query}`)
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('is not the number of an advisory'),
    ])
  })

  it('rejects headers that are too large', async () => {
    const sent = request(`${web.url}/`, { headers: { 'x-large': 'x'.repeat(70_000) } }).end()
    const [response] = await once(sent, 'response')
    expect(response.statusCode).toBe(431)
    response.resume()
  })

  it('answers input that is not HTTP with 400, and keeps serving', async () => {
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
    socket.end('\0\0\0 nonsense\r\n\r\n')
    const [data] = await once(socket, 'data')
    expect(String(data)).toContain('400 Bad Request')
    expect((await fetch(`${web.url}/health/live`)).status).toBe(200)
  })

  it('reports a port that is already in use', async () => {
    const port = new URL(web.url).port
    const settings = { ...ctx.settings, env: { ...ctx.settings.env, PORT: Number(port) } }
    await expect(startWeb({ ...ctx, settings })).rejects.toThrow(
      `PORT: ${port} on 127.0.0.1 is already in use; stop the program that uses it or choose another PORT.`,
    )
  })

  it('reports a host that is not an address of this machine', async () => {
    const settings = { ...ctx.settings, env: { ...ctx.settings.env, HOST: '192.0.2.1', PORT: 0 } }
    await expect(startWeb({ ...ctx, settings })).rejects.toThrow('HOST, PORT: cannot listen on 192.0.2.1:0')
  })
})

describe.each(['HTTP', 'HTTPS'])('stopping a server of %s', (protocol) => {
  it('waits for running requests, but not for idle connections', async () => {
    const certificates = makeCertificates()
    onTestFinished(certificates.remove)
    const files = { TLS_CERT: certificates.path('server.crt'), TLS_KEY: certificates.path('server.key') }
    const isSecure = protocol === 'HTTPS'
    const ctx = await createTestContext({ PORT: '0', ...(isSecure && files) })
    const web = await startWeb(ctx)
    const { port } = new URL(web.url)
    const idle = connect(Number(port), '127.0.0.1') // with HTTPS it never begins a handshake
    await once(idle, 'connect')
    const options = { keepAlive: true, ca: certificates.pem('ca.crt'), servername: 'localhost' }
    const createAgent = () => (isSecure ? new SecureAgent(options) : new Agent(options))
    const get = (path: string, agent = createAgent()) =>
      (isSecure ? secureRequest : request)(`${web.url}${path}`, { agent }).end()
    const [used] = await once(get('/health/live'), 'response')
    used.resume()
    await once(used, 'end') // its connection stays open

    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: locked, resolve: lock } = Promise.withResolvers<void>()
    const blocking = ctx.db.transaction(async (em) => {
      await em.execute('lock table events, row_blocks in access exclusive mode')
      lock()
      await released
    })
    await locked
    const answer = once(get('/api/1/events/'), 'response')
    await eventually(
      () => countWaitingLocks(ctx),
      (waiting) => waiting > 0,
    )
    const idleClosed = once(idle, 'close')
    const stopped = web.stop()
    await expect(once(get('/health/live'), 'response')).rejects.toThrow('ECONNREFUSED')
    await idleClosed // while the running request still waits
    release()
    const [response] = await answer
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close'])
    response.resume()
    await Promise.all([stopped, blocking])
    await ctx.drop()
  })
})

const GRACE_S = 200
const STEP_MS = 10_000

it('a server that stops waits for running requests no longer than half of shutdown_grace_s', async () => {
  const ctx = await createTestContext({ PORT: '0' }, `shutdown_grace_s: ${GRACE_S}`)
  onTestFinished(ctx.drop)
  const web = await startWeb(ctx)
  const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
  socket.write(
    'POST /api/1/builds/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n{',
  )
  expect(String(await once(socket, 'data'))).toContain('100 Continue') // the rest of its body never comes
  const clock = stopClock()
  const stopped = web.stop()
  let passedMs = 0
  for (; !socket.closed; passedMs += STEP_MS) {
    await clock.pass(STEP_MS)
    await turn()
  }
  expect(passedMs).toBeGreaterThanOrEqual(GRACE_S * 500)
  await stopped
})

describe('the program', () => {
  const start = (env: Record<string, string>) =>
    spawn(process.execPath, ['src/api/main.ts'], { env: { PATH: process.env.PATH, ...env } })
  const exit = async (child: ChildProcess): Promise<{ code: number | null; errors: string }> => {
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    await once(child, 'close')
    return { code: child.exitCode, errors }
  }

  it('serves until SIGTERM, and logs every request', async () => {
    const url = await createEmptyDatabase()
    const child = start({ DATABASE_URL: url, PORT: '0' })
    const lines: Record<string, unknown>[] = []
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(Boolean)) lines.push(JSON.parse(line))
    })
    const line = async (message: string) =>
      eventually(
        () => lines.find(({ msg }) => msg === message) ?? {},
        ({ msg }) => msg === message,
      )
    const listening = await line('listening')
    await fetch(`${listening.url}/api/1/events/?state=done`, { headers: { 'x-request-id': 'mine' } })
    expect(await line('request')).toMatchObject({
      level: 30,
      requestId: 'mine',
      method: 'GET',
      path: '/api/1/events/',
      query: '?state=done',
      status: 400,
      client: '127.0.0.1',
      ms: expect.any(Number),
    })
    child.kill('SIGTERM')
    expect((await exit(child)).code).toBe(0)
    await dropDatabase(url)
  })

  it('ends with code 2 and lists every problem when its settings are invalid', async () => {
    const { code, errors } = await exit(start({ PORT: '99999', KOJI_BASE_URL: 'x', HOST: '0.0.0.0' }))
    expect(code).toBe(2)
    for (const name of ['PORT', 'KOJI_BASE_URL']) expect(errors).toContain(name)
  })

  it('ends with code 2 when the list of trusted proxies is invalid', async () => {
    const url = await createEmptyDatabase()
    const { code, errors } = await exit(
      start({
        DATABASE_URL: url,
        PORT: '0',
        LOG_LEVEL: 'silent',
        FRESHWAVE_CONFIG: 'test/support/api/bad-proxies.yaml',
      }),
    )
    expect(code).toBe(2)
    expect(errors).toContain(
      'test/support/api/bad-proxies.yaml:2: trusted_proxies[0]: expected an IP address or CIDR range; found "proxy.example.com"',
    )
    await dropDatabase(url)
  })

  it('ends with a clear message when its port is already in use', async () => {
    const url = await createEmptyDatabase()
    const ctx = await createTestContext({ PORT: '0', DATABASE_URL: url })
    const web = await startWeb(ctx)
    const { port } = new URL(web.url)
    const { code, errors } = await exit(start({ DATABASE_URL: url, PORT: port, LOG_LEVEL: 'silent' }))
    expect(code).toBe(1)
    expect(errors).toContain(`PORT: ${port} on 127.0.0.1 is already in use`)
    await web.stop()
    await ctx.drop()
  })
})
