/** The span of a request: named by its route, part of the caller's trace when it names one (docs/tracing.md). */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { isTracing } from '../../lib/tracing/carrier.ts'
import { inEntrySpan } from '../../lib/tracing/span.ts'
import type { ApiEnv } from '../api.ts'

/** Requested every few seconds by machines. */
const UNTRACED = /^\/(health|metrics)/

/** Wraps a request in a span; the body of a stream goes on after its end. */
export const traced: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!isTracing() || UNTRACED.test(c.req.path)) return next()
  const { method } = c.req
  const traceparent = c.req.header('traceparent')
  const tracestate = c.req.header('tracestate')
  const parent = traceparent === undefined ? null : { traceparent, tracestate }
  const start = {
    name: method,
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': method },
  }
  await inEntrySpan(start, { parent }, async (span) => {
    await next()
    const route = routePath(c, -1)
    span.updateName(`${method} ${route}`)
    span.setAttributes({ 'http.route': route, 'http.response.status_code': c.res.status })
    if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  })
}
