/** Refusing request lines that are too long, as the web servers in front of real services do. */
import type { MiddlewareHandler } from 'hono'
import type { Service } from './fault-rule.ts'
import type { World } from './world.ts'

/** Longest request lines in bytes: Gunicorn's default, and Apache's. */
export const REQUEST_LINES = { gunicorn: 4094, apache: 8190 } as const

/** 414 for a line (`GET /path?query HTTP/1.1`) above the world's limit for the service. */
export function refuseLongRequestLines(world: World, service: Service): MiddlewareHandler {
  return async (c, next) => {
    const { pathname, search } = new URL(c.req.url)
    const line = `${c.req.method} ${pathname}${search} HTTP/1.1`
    const limit = world.requestLines[service]
    if (limit === undefined || Buffer.byteLength(line) <= limit) return next()
    world.say(`${service}: refused a request line of ${line.length} bytes`)
    return c.html('<html><head><title>414 Request-URI Too Long</title></head></html>', 414)
  }
}
