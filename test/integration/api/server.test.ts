import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWeb, type Web } from '../../../src/api/server.ts'
import { storeEvent } from '../../support/api.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createEmptyDatabase, dropDatabase } from '../../support/database.ts'

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

  it('answers over a socket, with links that lead to itself', async () => {
    const id = await storeEvent(ctx.db)
    const response = await fetch(`${web.url}/api/2/events/`)
    expect(response.status).toBe(200)
    const { items, meta } = JSON.parse(await response.text())
    expect(items[0].id).toBe(id)
    expect(meta.first).toBe(`${web.url}/api/2/events/?page=1&per_page=10`)
    expect((await fetch(meta.first)).status).toBe(200)
  })

  it('answers HEAD with the headers of GET alone', async () => {
    const response = await fetch(`${web.url}/api/1/about/`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(response.headers.get('content-type')).toContain('application/json')
  })

  it('knows that it is asked from the machine itself', async () => {
    expect((await fetch(`${web.url}/queues`)).status).toBe(200)
    expect((await fetch(`${web.url}/queues`, { headers: { 'x-forwarded-for': '10.0.0.9' } })).status).toBe(
      403,
    )
  })

  it('answers what asks without a host, as HTTP/1.0 may', async () => {
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
    socket.end('GET /healthcheck HTTP/1.0\r\n\r\n')
    let text = ''
    for await (const data of socket) text += data
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Strict-Transport-Security.*Health check OK$/is)
  })

  it('refuses headers that are too large', async () => {
    const asked = request(`${web.url}/`, { headers: { 'x-large': 'x'.repeat(20_000) } }).end()
    const [response] = await once(asked, 'response')
    expect(response.statusCode).toBe(431)
    response.resume()
  })

  it('does not survive by luck what is no HTTP', async () => {
    const socket = connect(Number(new URL(web.url).port), '127.0.0.1')
    socket.end('\0\0\0 nonsense\r\n\r\n')
    const [data] = await once(socket, 'data')
    expect(String(data)).toContain('400 Bad Request')
    expect((await fetch(`${web.url}/health/live`)).status).toBe(200)
  })

  it('says so when its port is taken', async () => {
    const port = new URL(web.url).port
    const settings = { ...ctx.settings, env: { ...ctx.settings.env, PORT: Number(port) } }
    await expect(startWeb({ ...ctx, settings })).rejects.toThrow(
      `PORT: ${port} on 127.0.0.1 is taken by another program; end it or choose another PORT.`,
    )
  })

  it('says so when the address is not one of this machine', async () => {
    const settings = { ...ctx.settings, env: { ...ctx.settings.env, HOST: '192.0.2.1', PORT: 0 } }
    await expect(startWeb({ ...ctx, settings })).rejects.toThrow('HOST, PORT: cannot listen on 192.0.2.1:0')
  })
})

describe('stopping the server', () => {
  it('waits for the request that runs, not for connections that idle', async () => {
    const ctx = await createTestContext({ PORT: '0' })
    const web = await startWeb(ctx)
    const idle = connect(Number(new URL(web.url).port), '127.0.0.1')
    await once(idle, 'connect')

    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: locked, resolve: lock } = Promise.withResolvers<void>()
    const blocking = ctx.db.transaction(async (em) => {
      await em.execute('lock table events, row_counts in access exclusive mode')
      lock()
      await released
    })
    await locked
    const agent = new Agent({ keepAlive: true })
    const asked = request(`${web.url}/api/1/events/`, { agent }).end()
    const answer = once(asked, 'response')
    await sleep(200)
    const started = performance.now()
    const stopped = web.stop()
    await sleep(100)
    release()
    const [response] = await answer
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close'])
    response.resume()
    await Promise.all([stopped, blocking])
    expect(performance.now() - started).toBeLessThan(4000)
    await expect(fetch(`${web.url}/health/live`)).rejects.toThrow()
    idle.destroy()
    await ctx.drop()
  })
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

  it('serves until it is told to end, with a line for every request', async () => {
    const url = await createEmptyDatabase()
    const child = start({ DATABASE_URL: url, PORT: '0' })
    const lines: Record<string, unknown>[] = []
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter(Boolean)) lines.push(JSON.parse(line))
    })
    const line = async (message: string) => {
      for (let tries = 0; tries < 200; tries++) {
        const found = lines.find(({ msg }) => msg === message)
        if (found) return found
        await sleep(50)
      }
      throw new Error(`it never said "${message}"`)
    }
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

  it('ends with code 2 and every problem when its settings are wrong', async () => {
    const { code, errors } = await exit(start({ PORT: '99999', KOJI_BASE_URL: 'x', HOST: '0.0.0.0' }))
    expect(code).toBe(2)
    for (const name of ['PORT', 'KOJI_BASE_URL']) expect(errors).toContain(name)
  })

  it('ends with code 2 when it cannot tell who its proxies are', async () => {
    const url = await createEmptyDatabase()
    const { code, errors } = await exit(
      start({
        DATABASE_URL: url,
        PORT: '0',
        LOG_LEVEL: 'silent',
        FRESHWAVE_CONFIG: 'test/support/bad-proxies.yaml',
      }),
    )
    expect(code).toBe(2)
    expect(errors).toContain('trusted_proxies: proxy.example.com is no IP address or network')
    await dropDatabase(url)
  })

  it('ends with a clear word when its port is taken', async () => {
    const url = await createEmptyDatabase()
    const ctx = await createTestContext({ PORT: '0', DATABASE_URL: url })
    const web = await startWeb(ctx)
    const { port } = new URL(web.url)
    const { code, errors } = await exit(start({ DATABASE_URL: url, PORT: port, LOG_LEVEL: 'silent' }))
    expect(code).toBe(1)
    expect(errors).toContain(`PORT: ${port} on 127.0.0.1 is taken by another program`)
    await web.stop()
    await ctx.drop()
  })
})
