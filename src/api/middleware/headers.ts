/** Headers that the gate's answers carry besides those of all others (behaviour/greenwave 5). */
import type { MiddlewareHandler } from 'hono'
import type { FileSettings } from '../../config/file.ts'
import { type ApiEnv, GATE_ROOT } from '../api.ts'

/** Pages of other sites may read these, and every error. */
const SHARED = new Set(
  ['about', 'policies', 'subject_types', 'decision'].map((name) => `${GATE_ROOT}/${name}`),
)

/** Lets the site `cors_url` read answers; has to stand before the middleware that forbids what is not allowed. */
export function gateHeaders({ cors_url: site }: Pick<FileSettings, 'cors_url'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next()
    // Scripts of other sites load JSONP; what it gives away is open to everybody anyway.
    if (c.req.query('callback')) c.res.headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
    if (!site || (c.res.status < 400 && !SHARED.has(c.req.path))) return
    c.res.headers.set('Access-Control-Allow-Origin', site)
    c.res.headers.set('Access-Control-Allow-Headers', 'Content-Type')
    // The first is misspelt, and what clients of old have seen; the second is what browsers read.
    c.res.headers.set('Access-Control-Allow-Method', 'POST, OPTIONS')
    c.res.headers.set('Access-Control-Allow-Methods', 'POST, OPTIONS')
  }
}

/** Adds the headers of the setting `response_headers` to every answer. */
export function responseHeaders(headers: FileSettings['response_headers']): MiddlewareHandler<ApiEnv> {
  const pairs = Object.entries(headers)
  return async (c, next) => {
    await next()
    for (const [name, value] of pairs) c.res.headers.set(name, value)
  }
}
