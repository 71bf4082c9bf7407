/** Serves metrics and health of any process on METRICS_HOST and METRICS_PORT, for scrapers and supervisors. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkHealth, type ProcessCount } from './commands/monitor/check-health.ts'
import { type Collect, createMeasurements, type MonitorContext } from './commands/monitor/measure.ts'
import { messageOf, NotReady } from './lib/errors.ts'
import { answerMalformed } from './lib/http/answer-malformed.ts'

/** `requestTimeout`: how long a slow client may take for its request. Node's own refusal of a request without `Host` has no message. */
const LIMITS = {
  maxHeaderSize: 16_384,
  requestTimeout: 10_000,
  headersTimeout: 10_000,
  requireHostHeader: false,
}

/** A response; it is also sent from a web process to the one that started it. */
export type MonitorPage = { status: number; type: string; body: string }
/** Returns the page at a path; never rejects. */
export type FindPage = (path: string) => Promise<MonitorPage>
/** Other web processes on the same port: what they have measured, and a text with how many take requests. */
export type OtherProcesses = { collect: Collect; count(): Promise<ProcessCount> }

const JSON_TYPE = 'application/json'

/** `stop` ends all connections; it does not close the context. */
export type Monitor = { url: string; stop(): Promise<void> }

/**
 * Undefined when METRICS_PORT is not set. Everyone who reaches the address may read, without a login, as at the same paths of
 * the API.
 * @throws Error that names the settings when the port is in use or the host is not local
 */
export async function startMonitor(
  { settings, log }: Pick<MonitorContext, 'settings' | 'log'>,
  find: FindPage,
): Promise<Monitor | undefined> {
  const { METRICS_HOST, METRICS_PORT } = settings.env
  if (METRICS_PORT === undefined) return undefined
  const server = createServer(LIMITS)
  answerMalformed(server, LIMITS, log)
  server.on('request', ({ method, url = '' }, response) => {
    const path = method === 'GET' || method === 'HEAD' ? url.replace(/\?.*$/, '') : ''
    void find(path).then(({ status, type, body }) => {
      response.writeHead(status, { 'Content-Type': type })
      response.end(method === 'HEAD' ? undefined : body)
    })
  })
  await listen(server, METRICS_HOST, METRICS_PORT)
  const { port } = server.address() as AddressInfo // a TCP server, never a pipe
  const url = `http://${METRICS_HOST.includes(':') ? `[${METRICS_HOST}]` : METRICS_HOST}:${port}`
  log.info({ url }, 'serving metrics')
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The pages of a process. With `others`, called for each page, they are about all web processes of the port. */
export function pagesOf(
  ctx: MonitorContext,
  others: () => OtherProcesses | undefined = () => undefined,
): FindPage {
  const { text } = createMeasurements(ctx)
  const pages = new Map<string, () => Promise<MonitorPage>>([
    [
      '/metrics',
      async () => ({ status: 200, type: ctx.metrics.contentType, body: await text(others()?.collect) }),
    ],
    ['/health/live', async () => json(200, { status: 'live' })],
    [
      '/health/ready',
      async () => {
        const health = await checkHealth(ctx, others()?.count)
        return json(health.status === 'not ready' ? 503 : 200, health)
      },
    ],
  ])
  return async (path) => {
    try {
      return (await pages.get(path)?.()) ?? json(404, { message: 'Not found' })
    } catch (error) {
      if (error instanceof NotReady) return unavailable(error.message)
      ctx.log.error({ err: error }, 'monitoring request failed')
      return json(500, { message: 'Internal error' })
    }
  }
}

/** The page while none of the processes answers. */
export function unavailable(message: string): MonitorPage {
  return json(503, { message })
}

function json(status: number, body: object): MonitorPage {
  return { status, type: JSON_TYPE, body: JSON.stringify(body) }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`METRICS_HOST, METRICS_PORT: cannot listen on ${host}:${port}: ${messageOf(error)}`)),
    )
    server.listen(port, host, resolve)
  })
}
