/** Logs every request, and records durations in the histograms of the API. */
import type { MiddlewareHandler } from 'hono'
import type { Logger } from '../../lib/log.ts'
import type { LatencyName, Metrics } from '../../lib/metrics/metrics.ts'
import type { ApiEnv } from '../api.ts'

/** Tokens in the query: never read here, but some clients send them there (RFC 6750). */
const TOKENS = /\b((?:access_|id_)?token)=[^&]*/gi

/** Logs the caller, the request, its status and its duration. */
export function accessLog(log: Logger): MiddlewareHandler<ApiEnv> {
  const logged: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const started = performance.now()
    await next()
    const ms = Math.round((performance.now() - started) * 10) / 10
    const query = new URL(c.req.url).search.replace(TOKENS, '$1=***')
    const { requestId, caller } = c.var
    log.info(
      {
        requestId,
        method: c.req.method,
        path: c.req.path,
        query,
        status: c.res.status,
        ms,
        client: caller.address,
        user: caller.name ?? undefined,
      },
      'request',
    )
  }
  return (c, next) => (log.isLevelEnabled('info') ? logged(c, next) : next())
}

/** Measures the duration of GET requests to an endpoint (behaviour/freshmaker 11). */
export function timed(metrics: Metrics, name: LatencyName): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const started = performance.now()
    await next()
    if (c.req.method === 'GET') metrics.latency(name, (performance.now() - started) / 1000)
  }
}
