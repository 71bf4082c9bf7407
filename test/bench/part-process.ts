/** One part of a bench as a separate process. The first argument names the part, the others are passed to it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PartName, reportToParent } from './child.ts'

/** Each part imports its modules itself, so that a process does not load (and measure) those of other parts. */
const PARTS: Readonly<Record<PartName, (args: string[]) => unknown>> = {
  'bare-hono': startBareHono,
  'bare-server': startBareServer,
  bus: startBus,
  'gate-lab': startGateLab,
  'trace-sink': startTraceSink,
  web: startWeb,
}

/** One test in twenty failed: every build with an even number has passed all ten of its tests. */
const FAILING = 20

/** Reads each request and answers with `size` bytes: the minimum that a gate can cost. Reports its address. */
function startBareServer([size]: string[]): void {
  const body = 'x'.repeat(Number(size))
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(body))
  })
  server.listen(0, '127.0.0.1', () => {
    reportToParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) // never a pipe
  })
}

/** The same with the libraries that serve the gate, without any middleware: the difference is the cost of the gate itself. */
async function startBareHono([size]: string[]): Promise<void> {
  const { Hono } = await import('hono')
  const { serve } = await import('@hono/node-server')
  const body = 'x'.repeat(Number(size))
  const app = new Hono()
  app.post('/api/v1.0/decision', async (c) => {
    await c.req.arrayBuffer()
    return c.body(body, 200, { 'Content-Type': 'application/json' })
  })
  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
    reportToParent(`http://127.0.0.1:${port}`)
  })
}

/** A collector that counts spans and discards them; `GET` returns their number. Reports its address. */
function startTraceSink(): void {
  let spans = 0
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    spans += text.split('"spanId"').length - 1
    response
      .setHeader('content-type', 'application/json')
      .end(request.method === 'GET' ? String(spans) : '{}')
  })
  server.listen(0, '127.0.0.1', () => {
    reportToParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) // never a pipe
  })
}

/** The lab's bus with these queues. Reports its address. */
async function startBus(queues: string[]): Promise<void> {
  const lab = await import('../../lab/bus/start.ts')
  const bus = await lab.startBus()
  for (const queue of queues) bus.depth(queue)
  reportToParent(bus.url)
}

/** The lab with the results of `builds` builds; its services answer after `delay` ms. Reports its addresses. */
async function startGateLab([builds, delay]: string[]): Promise<void> {
  const lab = await import('../../lab/start.ts')
  const { putLoad } = await import('../support/gate/load-data.ts')
  const { urls, controlUrl, world } = await lab.startLab()
  putLoad(world.resultsDb, Number(builds), FAILING)
  const delayMs = Number(delay)
  if (delayMs > 0)
    for (const service of ['resultsdb', 'waiverdb'] as const)
      world.faults.push({ service, kind: 'slow', delayMs })
  reportToParent({ urls, controlUrl })
}

/** The API on a free port; it takes its settings from the environment. Reports its address. */
async function startWeb(): Promise<void> {
  const { readSettings } = await import('../../src/config/settings.ts')
  const { createContext } = await import('../../src/context.ts')
  const server = await import('../../src/api/server.ts')
  const { startTracing } = await import('../../src/lib/tracing/start.ts')
  const settings = readSettings()
  const ctx = await createContext(settings)
  await startTracing(settings.env, 'web', ctx.log)
  const { url } = await server.startWeb(ctx)
  reportToParent(url)
}

const [name, ...args] = process.argv.slice(2)
await PARTS[name as PartName](args) // `startPart` takes no other names
