/** METRICS_PORT: metrics and health of processes that serve nothing else. */
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../src/lib/loopback.ts'
import { pagesOf, startMonitor } from '../../src/monitor.ts'
import { createTestContext } from '../support/context.ts'
import { createEmptyDatabase, dropDatabase } from '../support/database/database.ts'
import { eventually } from '../support/eventually.ts'
import { startWorld } from '../support/lab/world.ts'
import { type Program, startProgram } from '../support/programs/service-process.ts'

it.each(['worker', 'ingest'] satisfies Program[])(
  'the listener serves metrics and health of a process of %s',
  async (program) => {
    const world = await startWorld()
    onTestFinished(world.stop)
    const database = await createEmptyDatabase()
    onTestFinished(() => dropDatabase(database))
    const port = await freePort()
    const process = startProgram(program, {
      ...world.env,
      DATABASE_URL: database,
      METRICS_PORT: String(port),
    })
    onTestFinished(async () => {
      await process.kill()
    })
    await process.ready()
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
    const isWhole = (text: string) => text.includes('freshwave_bus_receiving 1') === (program === 'ingest')
    const metrics = await eventually(async () => (await get('/metrics')).text(), isWhole)
    expect(metrics).toContain(`freshwave_process_info{process="${program}",version="`)
    expect(metrics).toContain('freshwave_store_up{store="database"} 1')
    expect(await (await get('/health/live')).json()).toEqual({ status: 'live' })
    const ready = await get('/health/ready?verbose')
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ status: 'ready' })
    expect((await get('/api/1/events/')).status).toBe(404)
    expect(await process.stop()).toMatchObject({ code: 0 })
  },
)

it('the listener is off without a port, and names its settings when the port is in use', async () => {
  const other = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => void other.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const off = await createTestContext()
  onTestFinished(off.drop)
  expect(await startMonitor(off, pagesOf(off))).toBeUndefined()
  const { env, file } = off.settings
  const busy = { ...off, settings: { env: { ...env, METRICS_PORT: port }, file } }
  await expect(startMonitor(busy, pagesOf(busy))).rejects.toThrow(
    `METRICS_HOST, METRICS_PORT: cannot listen on 127.0.0.1:${port}`,
  )
})

it('the listener answers 503 while the database is away, and goes on', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const fork = () => {
    throw new Error('gone')
  }
  const { env, file } = ctx.settings
  const away = { ...ctx, settings: { env: { ...env, METRICS_PORT: 0 }, file }, db: { ...ctx.db, fork } }
  const monitor = await startMonitor(away, pagesOf(away))
  if (!monitor) throw new Error('not started')
  onTestFinished(monitor.stop)
  expect((await fetch(`${monitor.url}/health/ready`)).status).toBe(503)
  const metrics = await (await fetch(`${monitor.url}/metrics`)).text()
  expect(metrics).toContain('freshwave_store_up{store="database"} 0')
  expect(metrics).not.toMatch(/^freshmaker_/m) // a counter at 0 that is 1000 afterwards would look like an increase
})

it('the listener shows the state of the service for a minute while the database is away, then nothing of it', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  let [now, isAway] = [new Date(), false]
  const fork = () => {
    if (isAway) throw new Error('gone')
    return ctx.db.fork()
  }
  const find = pagesOf({ ...ctx, now: () => now, db: { ...ctx.db, fork } })
  const OF_SERVICE =
    /^freshwave_(oldest_due_seconds\{queue="plan"\}|missed_advisories|event_stalled_seconds) /gm
  const shown = async () => (await find('/metrics')).body.match(OF_SERVICE)?.length ?? 0
  expect(await shown()).toBe(3)
  isAway = true
  expect(await shown()).toBe(3)
  now = new Date(now.getTime() + 61_000)
  expect(await shown()).toBe(0)
  expect((await find('/metrics')).body).toContain('freshwave_store_up{store="database"} 0')
  isAway = false
  expect(await shown()).toBe(3)
})

it('the listener refuses in words what is not a valid request, and answers one without Host', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const { env, file } = ctx.settings
  const settings = { env: { ...env, METRICS_PORT: 0 }, file }
  const monitor = await startMonitor({ settings, log: ctx.log }, pagesOf(ctx))
  if (!monitor) throw new Error('not started')
  onTestFinished(monitor.stop)
  const exchange = async (request: string) => {
    const socket = connect(Number(new URL(monitor.url).port), '127.0.0.1')
    socket.write(request)
    return text(socket)
  }
  expect(await exchange('nonsense\r\n\r\n')).toMatch(
    /^HTTP\/1.1 400 .*\{.*"message":"The request is not valid HTTP: /s,
  )
  const large = `GET /metrics HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`
  expect(await exchange(large)).toMatch(/^HTTP\/1.1 431 .*\{.*larger than 16384 bytes/s)
  expect(await exchange('GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
})

it('the service is degraded and stays ready while the broker refuses a source: no restart gets the rights that are missing', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const find = pagesOf(ctx)
  const readiness = async () => {
    const { status, body } = await find('/health/ready')
    const { troubles, ...rest } = JSON.parse(body) as { status: string; troubles: object[] }
    return { code: status, status: rest.status, troubles }
  }
  expect(await readiness()).toEqual({ code: 200, status: 'ready', troubles: [] })
  const since = new Date('2026-11-28T00:00:00Z')
  const refused = { source: 'queue://a', detail: 'amqp:unauthorized-access: no rights', since }
  ctx.receptions.push({ fromAll: () => false, refused: () => [refused] })
  const detail = 'the broker refuses queue://a: amqp:unauthorized-access: no rights'
  const trouble = { blame: 'account', detail, service: 'bus', since: '2026-11-28T00:00:00Z' }
  expect(await readiness()).toEqual({ code: 200, status: 'degraded', troubles: [trouble] })
})
