/** Response headers: those of the setting `response_headers`, and the CORS headers of the gate (behaviour/greenwave 5). */
import type { MiddlewareHandler } from 'hono'
import type { FileSettings } from '../../config/file.ts'
import { type ApiEnv, DECISION_AS_OF, GATE_ROOT } from '../api.ts'

/** Successful responses that pages of the site `cors_url` may read; they may also read every error. */
const SHARED = new Set(
  ['about', 'policies', 'subject_types', 'decision', 'decision/stream'].map((name) => `${GATE_ROOT}/${name}`),
)

/** Lets the site `cors_url` read responses. Must be added before the middleware that sets the restrictive defaults. */
export function gateHeaders({ cors_url: site }: Pick<FileSettings, 'cors_url'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next()
    // Scripts of other sites load JSONP; its content is public anyway.
    if (c.req.query('callback')) c.res.headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
    if (!site || (c.res.status < 400 && !SHARED.has(c.req.path))) return
    c.res.headers.set('Access-Control-Allow-Origin', site)
    c.res.headers.set('Access-Control-Allow-Headers', 'Content-Type')
    // `Allow-Method` is misspelled on purpose: existing clients expect it. Browsers read `Allow-Methods`.
    c.res.headers.set('Access-Control-Allow-Method', 'POST, OPTIONS')
    c.res.headers.set('Access-Control-Allow-Methods', 'POST, OPTIONS')
    if (c.res.headers.has(DECISION_AS_OF)) c.res.headers.set('Access-Control-Expose-Headers', DECISION_AS_OF)
  }
}

/** Adds the headers of the setting `response_headers` to every response. */
export function responseHeaders(headers: FileSettings['response_headers']): MiddlewareHandler<ApiEnv> {
  const pairs = Object.entries(headers)
  return async (c, next) => {
    await next()
    for (const [name, value] of pairs) c.res.headers.set(name, value)
  }
}
