/** The span of a request: named by its route, part of the caller's trace when it names one (docs/tracing.md). */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { isTracing, recordedTraceId } from '../../lib/tracing/carrier.ts'
import { inEntrySpan } from '../../lib/tracing/span.ts'
import type { ApiEnv } from '../api.ts'
import { setHeader } from './headers.ts'

/** The header with the id of the trace in each answer of a recorded one, to be pasted into the search of a trace viewer. */
const TRACE_ID = 'X-Trace-Id'
/** Paths that machines request every few seconds. */
const UNTRACED = /^\/(health|metrics)/

/** Wraps a request in a span; the body of a stream continues after its end. */
export const traced: MiddlewareHandler<ApiEnv> = (c, next) => {
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
  return inEntrySpan(start, { parent }, async (span) => {
    const traceId = recordedTraceId()
    if (traceId !== undefined) setHeader(c, TRACE_ID, traceId)
    await next()
    const route = routePath(c, -1)
    span.updateName(`${method} ${route}`)
    span.setAttributes({ 'http.route': route, 'http.response.status_code': c.res.status })
    if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  })
}
