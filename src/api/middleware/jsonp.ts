/** JSONP: wraps responses in a call of the function that `callback` names (behaviour/greenwave 5). */
import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

const NAME = /^[A-Za-z_$][\w$.]*$/

/** Wraps successful responses; errors are not wrapped. @throws ApiError 400 if `callback` is not a function name */
export const jsonp: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const callback = c.req.query('callback')
  if (!callback) return next()
  if (!NAME.test(callback)) throw new ApiError(400, 'Invalid callback, must be the name of a function')
  await next()
  if (c.res.status !== 200) return
  const headers = new Headers(c.res.headers)
  headers.set('Content-Type', 'application/javascript; charset=utf-8')
  headers.delete('Content-Length')
  const script = `${callback}(${await c.res.text()}\n);`
  c.res = undefined // otherwise Hono would merge its headers, including Content-Type
  c.res = new Response(script, { status: 200, headers })
}
