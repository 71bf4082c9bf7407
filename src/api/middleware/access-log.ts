/** One log line for every request, and its time in the histograms of the API. */
import type { MiddlewareHandler } from 'hono'
import type { Logger } from '../../lib/log.ts'
import type { LatencyName, Metrics } from '../../lib/metrics.ts'
import type { ApiEnv } from '../api.ts'

/** Says who asked for what, how it ended and how long it took. */
export function accessLog(log: Logger): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const started = performance.now()
    await next()
    if (!log.isLevelEnabled('info')) return
    const ms = Math.round((performance.now() - started) * 10) / 10
    const query = new URL(c.req.url).search
    const { requestId, client } = c.var
    log.info(
      {
        requestId,
        method: c.req.method,
        path: c.req.path,
        query,
        status: c.res.status,
        ms,
        client: client.address,
      },
      'request',
    )
  }
}

/** Measures GET requests of an endpoint (behaviour/freshmaker 11). */
export function timed(metrics: Metrics, name: LatencyName): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const started = performance.now()
    await next()
    if (c.req.method === 'GET') metrics.latency(name, (performance.now() - started) / 1000)
  }
}
