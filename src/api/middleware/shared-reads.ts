/** Lets equal requests, such as those of many dashboards for the first page, share one answer (decision 0058). */
import type { MiddlewareHandler } from 'hono'
import { createSharedRuns } from '../../lib/async/shared-runs.ts'
import type { ApiEnv } from '../api.ts'

/**
 * For routes whose answer depends on nothing but the address and the caller's prefix and root. Requests that come while an equal one
 * is answered wait for the next answer, which is made after all of them came. An error is not shared.
 */
export function sharedReads(): MiddlewareHandler<ApiEnv> {
  const answers = createSharedRuns<string | undefined>()
  return async (c, next) => {
    const { prefix, root } = c.get('caller')
    const { value, isOwn } = await answers(`${prefix} ${root} ${c.req.url}`, async (isShared) => {
      await next()
      return isShared && c.res.status === 200 ? c.res.text() : undefined
    })
    if (value === undefined) return isOwn ? undefined : next()
    if (isOwn) c.res = undefined // its text has been read
    c.res = c.body(value, 200, { 'Content-Type': 'application/json' })
  }
}
