/** Leads from an address with a slash at its end to the page without. */
import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from '../api.ts'

/** The redirect is relative, because only a proxy knows the host that is seen. */
export const withoutSlash: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { method, path } = c.req
  if (!path.endsWith('/') || (method !== 'GET' && method !== 'HEAD')) return next()
  return c.redirect(`${c.get('caller').prefix}${path.slice(0, -1)}${new URL(c.req.url).search}`, 308)
}
