/** Refuses bodies that are too large. */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

/** Throws `ApiError` 413 for more than `most` bytes, before anything reads them. */
export function limitBody(most: number): MiddlewareHandler<ApiEnv> {
  const refuse = () => {
    throw new ApiError(413, `The request is larger than ${most} bytes.`)
  }
  const counting = bodyLimit({ maxSize: most, onError: refuse })
  return (c, next) => {
    // Node ends a body where its length says. Looking at the body itself would make a stream of every request.
    const isOverSocket = c.env?.incoming !== undefined
    if (!isOverSocket || c.req.header('transfer-encoding') !== undefined) return counting(c, next)
    if (Number(c.req.header('content-length') ?? 0) > most) refuse()
    return next()
  }
}
