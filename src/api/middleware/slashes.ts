/**
 * Redirects addresses with extra slashes to those without. The redirects are relative, because only a proxy knows the host that
 * clients see, and keep the path as it was sent: a decoded one may contain characters that a header cannot.
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { ApiEnv } from '../api.ts'
import { withoutPrefix } from '../caller.ts'

/** Leads from an address with a slash at its end to the page without. */
export const withoutSlash: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { method, path } = c.req
  if (!path.endsWith('/') || (method !== 'GET' && method !== 'HEAD')) return next()
  return redirect(c, sentPath(c).slice(0, -1))
}

/** In the API doubled slashes count as one: clients join a path to a root that ends in one. */
export const mergeSlashes: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!c.req.path.includes('//')) return next()
  const merged = sentPath(c).replace(/\/{2,}/g, '/')
  return merged.startsWith('/api/') ? redirect(c, merged) : next()
}

function sentPath(c: Context<ApiEnv>): string {
  return withoutPrefix(new URL(c.req.url).pathname, c.get('caller').prefix)
}

function redirect(c: Context<ApiEnv>, path: string): Response {
  return c.redirect(`${c.get('caller').prefix}${path}${new URL(c.req.url).search}`, 308)
}
