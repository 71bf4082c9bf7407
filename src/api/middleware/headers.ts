/** Response headers: those of every answer, those of the setting `response_headers`, and the CORS headers of the gate (behaviour/greenwave 5). */
import type { Context, MiddlewareHandler } from 'hono'
import type { FileSettings } from '../../config/file.ts'
import { type ApiEnv, DECISION_AS_OF, GATE_ROOT } from '../api.ts'
import { PresetResponse } from '../response.ts'

/** Headers that restrict what browsers do. HSTS is for `response_headers`: only operators know whether all traffic uses TLS. */
const SECURITY = {
  'content-security-policy': [
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
}

/**
 * Sets a header before there is a response; a header of the same name that a route sets replaces it. Over a socket it goes straight to
 * the connection: Hono makes a response whose headers were changed several times as slowly as an untouched one.
 */
export function setHeader(c: Context<ApiEnv>, name: string, value: string): void {
  const outgoing = c.env?.outgoing
  if (outgoing instanceof PresetResponse) outgoing.presets[name.toLowerCase()] = value
  else c.header(name, value)
}

/** Sets the headers that every answer has. */
export function setSecurityHeaders(c: Context<ApiEnv>): void {
  const outgoing = c.env?.outgoing
  if (outgoing instanceof PresetResponse) Object.assign(outgoing.presets, SECURITY)
  else for (const [name, value] of Object.entries(SECURITY)) c.header(name, value)
}

/** Successful responses that pages of the site `cors_url` may read; they may also read every error. */
const SHARED = new Set(
  ['about', 'policies', 'subject_types', 'decision', 'decision/stream'].map((name) => `${GATE_ROOT}/${name}`),
)

/** Lets the site `cors_url` read responses. */
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

/** Headers that no route sets, in lower case. */
const SET_HERE_ALONE = new Set(
  ['strict-transport-security', 'permissions-policy', ...Object.keys(SECURITY)].filter(
    (name) => !['content-security-policy', 'cross-origin-resource-policy', 'referrer-policy'].includes(name),
  ),
)

/** Adds the headers of the setting `response_headers` to every response, also in place of those that a route has set. */
export function responseHeaders(headers: FileSettings['response_headers']): MiddlewareHandler<ApiEnv> {
  const { before = [], after = [] } = Object.groupBy(Object.entries(headers), ([name]) =>
    SET_HERE_ALONE.has(name.toLowerCase()) ? 'before' : 'after',
  )
  const replace: MiddlewareHandler<ApiEnv> = async (c, next) => {
    await next()
    for (const [name, value] of after) c.res.headers.set(name, value)
  }
  return (c, next) => {
    for (const [name, value] of before) setHeader(c, name, value)
    return after.length > 0 ? replace(c, next) : next()
  }
}
