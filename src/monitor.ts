/** Serves metrics and health of any process on METRICS_HOST and METRICS_PORT, for scrapers and supervisors. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkHealth } from './commands/monitor/check-health.ts'
import { type Measured, measuring } from './commands/monitor/measure.ts'
import { messageOf } from './lib/errors.ts'

/** How long a slow client may take for its request. */
const PATIENCE_MS = 10_000

type Page = { status: number; type: string; body: string }
const JSON_TYPE = 'application/json'

/** `stop` ends all connections; it does not close the context. */
export type Monitor = { url: string; stop(): Promise<void> }

/**
 * Undefined when METRICS_PORT is not set. Everyone who reaches the address may read, without a login, as at the same paths of
 * the API.
 * @throws Error that names the settings when the port is in use or the host is not local
 */
export async function startMonitor(ctx: Measured): Promise<Monitor | undefined> {
  const { METRICS_HOST, METRICS_PORT } = ctx.settings.env
  if (METRICS_PORT === undefined) return undefined
  const pages = pagesOf(ctx)
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS })
  server.on('request', (request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '')
    const page = request.method === 'GET' || request.method === 'HEAD' ? pages.get(path) : undefined
    void answer(page).then(({ status, type, body }) => {
      response.writeHead(status, { 'Content-Type': type })
      response.end(request.method === 'HEAD' ? undefined : body)
    })
  })
  /** Answers with a failure instead of ending the process. */
  const answer = async (page: (() => Promise<Page>) | undefined): Promise<Page> => {
    if (!page) return { status: 404, type: JSON_TYPE, body: JSON.stringify({ message: 'Not found' }) }
    try {
      return await page()
    } catch (error) {
      ctx.log.error({ err: error }, 'monitoring request failed')
      return { status: 500, type: JSON_TYPE, body: JSON.stringify({ message: 'Internal error' }) }
    }
  }
  await listen(server, METRICS_HOST, METRICS_PORT)
  const { port } = server.address() as AddressInfo // a TCP server, never a pipe
  const url = `http://${METRICS_HOST.includes(':') ? `[${METRICS_HOST}]` : METRICS_HOST}:${port}`
  ctx.log.info({ url }, 'metrics are served')
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function pagesOf(ctx: Measured): ReadonlyMap<string, () => Promise<Page>> {
  const { text } = measuring(ctx)
  return new Map([
    ['/metrics', async () => ({ status: 200, type: ctx.metrics.contentType, body: await text() })],
    [
      '/health/live',
      async () => ({ status: 200, type: JSON_TYPE, body: JSON.stringify({ status: 'live' }) }),
    ],
    [
      '/health/ready',
      async () => {
        const health = await checkHealth(ctx)
        const status = health.status === 'not ready' ? 503 : 200
        return { status, type: JSON_TYPE, body: JSON.stringify(health) }
      },
    ],
  ])
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`METRICS_HOST, METRICS_PORT: cannot listen on ${host}:${port}: ${messageOf(error)}`)),
    )
    server.listen(port, host, resolve)
  })
}
