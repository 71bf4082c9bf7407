/** The span of one attempt to call an outside service: which service and operation, and what came of it (docs/tracing.md). */
import { type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { withoutCredentials } from '../log.ts'
import type { SpanStart } from '../tracing/span.ts'
import type { CallFailure } from './failure.ts'
import type { HttpOptions } from './options.ts'
import type { HttpRequest } from './request.ts'

/** Never the query, which may hold the key of a session, nor credentials in an address. */
export function callSpan({ service, url }: HttpOptions, request: HttpRequest): SpanStart {
  const { label, method = 'GET', path, attributes } = request
  const [withoutQuery = ''] = `${url.replace(/\/+$/, '')}${path}`.split('?')
  return {
    name: `${service} ${label ?? method}`,
    kind: SpanKind.CLIENT,
    attributes: {
      'peer.service': service,
      'http.request.method': method,
      'url.full': withoutCredentials(withoutQuery),
      ...attributes,
    },
  }
}

/** An attempt that failed is an error of the call, whatever its caller makes of it. */
export function recordFailure(span: Span | undefined, { error }: CallFailure): void {
  span?.setStatus({ code: SpanStatusCode.ERROR })
  span?.setAttribute('error.type', error.failure)
}
