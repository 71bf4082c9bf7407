/** While the database or the store of the queues is away, requests that need it are 503: they may be repeated. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { withClient } from '../../../src/db/client.ts'
import { makeEvent } from '../../factories.ts'
import { startApi, storeEvent, type TestApi } from '../../support/api/api.ts'
import { startTcpProxy, type TcpProxy } from '../../support/bus/tcp-proxy.ts'
import { createDatabase, dropDatabase } from '../../support/database/database.ts'
import { runCommand } from '../../support/programs/command-line.ts'
import { sendJson, serve } from '../../support/servers/http-server.ts'
import { hasRedis, type RedisServer, startRedis } from '../../support/servers/redis.ts'

const REBUILD = {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ dist_git_branch: 'main', container_images: ['a'] }),
}

/** What the log got at these levels. */
function spyLog({ ctx }: TestApi) {
  const warn = vi.spyOn(ctx.log, 'warn')
  const error = vi.spyOn(ctx.log, 'error')
  return { warn, error, stop: () => [warn, error].map((spy) => spy.mockRestore()) }
}

describe('without the database', () => {
  const TEXT = 'The database cannot be reached.'
  let url: string
  let proxy: TcpProxy
  let api: TestApi
  beforeAll(async () => {
    url = await createDatabase()
    proxy = await startTcpProxy(new URL(url))
    const proxied = new URL(url)
    proxied.port = String(proxy.port)
    api = await startApi({ DATABASE_URL: proxied.href })
    await storeEvent(api.ctx.db)
  })
  afterAll(async () => {
    await api.ctx.close()
    await proxy.stop()
    await dropDatabase(url)
  })

  it.each(['connections break', 'nothing listens'] as const)(
    'every request that needs it says so, where %s, and works again afterwards',
    async (how) => {
      if (how === 'connections break') proxy.cut()
      else await proxy.close()
      const log = spyLog(api)
      const paths = ['/api/1/events/1', '/api/2/events/', '/api/2/queues', '/api/2/builds/?cursor=']
      for (const path of paths) {
        const response = await api.request(path)
        const { status, headers } = response
        expect([path, status, headers.get('retry-after')]).toEqual([path, 503, '5'])
        expect(await response.json()).toMatchObject({
          error: 'Service Unavailable',
          message: TEXT,
          status: 503,
        })
      }
      const refused = await api.request('/api/2/async-builds/', REBUILD)
      expect([refused.status, await refused.json()]).toEqual([
        503,
        expect.objectContaining({ message: TEXT }),
      ])
      for (const path of ['/ui', '/ui/events/1', '/ui/queues', '/ui/inbox']) {
        const page = await api.request(path)
        expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5'])
        expect(await page.text()).toMatch(new RegExp(`<h1>Not ready</h1>.*${TEXT}`, 's'))
      }
      expect(log.error).not.toHaveBeenCalled()
      const lines = log.warn.mock.calls.map(([fields, text]) => ({ fields, text }))
      expect(lines).toContainEqual({
        fields: {
          requestId: expect.any(String),
          method: 'GET',
          path: '/api/1/events/1',
          reason: expect.stringMatching(/terminated|ECONNREFUSED/),
        },
        text: 'request failed',
      })
      log.stop()
      if (how === 'connections break') proxy.restore()
      else await proxy.reopen()
      for (const path of paths) expect((await api.request(path)).status).toBe(200)
    },
  )
})

it('a change that has waited too long for a lock is 503, and can be repeated', async () => {
  const url = await createDatabase()
  const impatient = new URL(url)
  impatient.searchParams.set('options', '-c lock_timeout=50')
  const api = await startApi({ DATABASE_URL: impatient.href })
  onTestFinished(async () => {
    await api.ctx.close()
    await dropDatabase(url)
  })
  const event = await makeEvent(api.ctx, { state: 'BUILDING' })
  const cancel = () =>
    api.request(`/api/2/events/${event}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ action: 'cancel' }),
    })
  await withClient(url, async (client) => {
    await client.query('begin')
    await client.query('select from events for update')
    const response = await cancel()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await response.json()).toMatchObject({ message: 'The database is busy.' })
  })
  expect((await cancel()).status).toBe(200)
  const audited = 'select outcome, detail from audit order by id'
  expect(await api.ctx.db.fork().execute(audited)).toEqual([
    { outcome: 'failed', detail: 'The database is busy.' },
    { outcome: 'done', detail: null },
  ])
})

describe.runIf(hasRedis)('without Redis', () => {
  let redis: RedisServer
  let api: TestApi
  beforeAll(async () => {
    redis = await startRedis()
    api = await startApi({ REDIS_URL: redis.url })
    await api.json('/api/2/queues')
  })
  afterAll(async () => {
    await api.drop()
    await redis.stop()
  })

  it('requests that need the queues report it, and the others work', async () => {
    await redis.kill()
    api.ctx.jobCounts.renew()
    const log = spyLog(api)
    const response = await api.request('/api/2/queues')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await response.text()).toContain('The queue store cannot be reached.')
    for (const path of ['/api/2/events/', '/ui', '/ui/queues'])
      expect((await api.request(path)).status).toBe(200)
    expect(log.error).not.toHaveBeenCalled()
    log.stop()
    await redis.start()
    await vi.waitFor(async () => expect((await api.request('/api/2/queues')).status).toBe(200), 60_000)
  })
})

describe('the command line', () => {
  it.each([
    ['not ready', { 'Retry-After': '5' }, 3],
    ['without a service that a request needs', {}, 1],
  ])('ends with its own exit code where the service is %s', async (_what, headers, code) => {
    const { url } = await serve((_request, response) => {
      sendJson(response, { message: 'It is away.' }, 503, headers)
    })
    expect(await runCommand(['events', '--url', url])).toEqual({
      code,
      out: '',
      err: `${url}: It is away.\n`,
    })
  })
})
