/** Rejects requests with bodies that are too large. */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

/** Throws `ApiError` 413 for bodies of more than `maxBytes`, before a route reads them. */
export function limitBody(maxBytes: number): MiddlewareHandler<ApiEnv> {
  const reject = () => {
    throw new ApiError(413, `The request is larger than ${maxBytes} bytes.`)
  }
  const countBytes = bodyLimit({ maxSize: maxBytes, onError: reject })
  return (c, next) => {
    // Over a socket Node enforces Content-Length, so the header can be trusted. Counting the bytes would convert the
    // body of every request to a web stream, which is slow.
    const isOverSocket = c.env?.incoming !== undefined
    if (!isOverSocket || c.req.header('transfer-encoding') !== undefined) return countBytes(c, next)
    if (isTooLong(c.req.header('content-length'), maxBytes)) reject()
    return next()
  }
}

/** Whether a body is announced with more than `maxBytes`. */
export function isTooLong(contentLength: string | undefined, maxBytes: number): boolean {
  return Number(contentLength ?? 0) > maxBytes
}
