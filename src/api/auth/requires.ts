/** Middleware that lets only callers with the right role through, and sets their identity as `c.get('caller')`. */
import type { Context, MiddlewareHandler } from 'hono'
import { type Action, refusalOf } from '../../domain/access/judge.ts'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'
import { isFromOtherSite } from '../middleware/local-only.ts'

/** Methods of requests that change nothing. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const FOREIGN_SITE = 'Requests from pages of other sites are not accepted.'

/**
 * For every route that not everyone may read: `middleware: requires('read-audit')` in `createRoute`; those that change
 * something have `guardChange` (`src/api/audit.ts`). It comes before the body is read: 401 precedes 403 precedes 400.
 * Behind it `c.get('caller')` has name, credential, groups, roles and address; owner rules (`refusalToCancel`) are the
 * route's own. @throws ApiError 401, 403 with the original's texts, 503 when logins cannot be checked
 */
export function requires(action: Action): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await identify(c)
    authorize(c, action)
    await next()
  }
}

/** The first half of `requires`: who the caller is. @throws ApiError 401, 403 for pages of other sites, 503 */
export async function identify(c: Context<ApiEnv>): Promise<void> {
  const isChange = !SAFE_METHODS.has(c.req.method)
  if (isChange && isFromOtherSite(c.get('caller'), c.req.raw.headers)) throw new ApiError(403, FOREIGN_SITE)
  await logIn(c)
}

/** The second half: whether an identified caller may do this. @throws ApiError 403 with the original's texts */
export function authorize(c: Context<ApiEnv>, action: Action): void {
  const refusal = refusalOf(action, c.get('caller'), c.get('access').scopeNamespace)
  if (refusal) throw new ApiError(403, refusal)
}

/**
 * Without a login these stay open: probes and scrapers have none, `about` describes how to log in, the build system fetches
 * the overrides of a bundle anonymously (behaviour/freshmaker 3.2), and the page that refuses a browser needs its style sheet.
 */
const OPEN = [
  /^\/(healthcheck|health\/(live|ready)|metrics|api\/1\/monitor\/metrics)$/,
  /^\/api\/[12]\/(about\/?|pullspec_overrides\/\d+)$/,
  /^\/ui\/assets\/[^/]+$/,
]

/** Whether a request is answered without a login although reading requires one. */
export function isOpenWithoutLogin(method: string, path: string): boolean {
  return method === 'OPTIONS' || OPEN.some((pattern) => pattern.test(path))
}

/**
 * For `read_requires_login`: all other requests need a login, of any role. Browsers also send certificates and tickets with requests that
 * pages of other sites cause, so of those only a visit (navigation) is answered.
 */
export const requireLogin: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!isOpenWithoutLogin(c.req.method, c.req.path)) {
    const headers = c.req.raw.headers
    if (isFromOtherSite(c.get('caller'), headers) && headers.get('sec-fetch-mode') !== 'navigate')
      throw new ApiError(403, FOREIGN_SITE)
    await logIn(c)
  }
  await next()
}

/** Authenticates the caller, once for each request. */
async function logIn(c: Context<ApiEnv>): Promise<void> {
  const caller = c.get('caller')
  if (caller.credential !== 'none') return
  const { authenticate, challenge } = c.get('access')
  try {
    const identity = await authenticate(caller, c.req.raw.headers, c.env?.incoming)
    c.set('caller', { ...caller, ...identity })
  } catch (error) {
    if (challenge && error instanceof ApiError && error.status === 401)
      c.header('WWW-Authenticate', challenge)
    throw error
  }
}
