/** Serves the pages with the API's own guards: the only place where one door opens another (`src/ui/door.ts`). */
import type { Context, MiddlewareHandler } from 'hono'
import type { Gate } from '../commands/gate/open-gate.ts'
import { refusalOf } from '../domain/access/judge.ts'
import { NotReady, UpstreamError } from '../lib/errors.ts'
import type { ApiDoor, PageEnv, PageRequest } from '../ui/door.ts'
import { showAnswer, showAnswerAlone } from '../ui/error-page.ts'
import { openPages, pagePolicy, setPagePolicy } from '../ui/open-pages.ts'
import type { Api, ApiContext, ApiEnv } from './api.ts'
import { guardChange } from './audit.ts'
import { identify, requires } from './auth/requires.ts'
import { ApiError, answerError } from './errors.ts'
import { withoutSlash } from './middleware/slashes.ts'
import { BOARD_ROOT } from './routes/queues.ts'

/** Where the pages are. */
export const PAGES_ROOT = '/ui'

/** Gives the pages their own content policy. */
export function addPagePolicy(app: Api): void {
  // The pages see a part of what the app has.
  app.use(`${PAGES_ROOT}/*`, pagePolicy as unknown as MiddlewareHandler<ApiEnv>)
}

/** Shows errors as pages in browsers, at every address that people open; to be added before all that may refuse a request. */
export function addErrorPages(app: Api, { hasPages }: { hasPages: boolean }): void {
  const show = (c: PageRequest, answer: Response) =>
    hasPages ? showAnswer(c, answer, null) : showAnswerAlone(c, answer)
  const errorAsPage: MiddlewareHandler<ApiEnv> = async (c, next) => {
    await next()
    const { status, headers } = c.res
    if (status < 400 || headers.get('content-type')?.startsWith('text/html')) return
    headers.append('Vary', 'Accept')
    if (!c.req.header('accept')?.includes('text/html')) return
    c.res = await show(inPages(c), c.res.clone()) // headers can be added only to a response that is not read yet
    c.res.headers.delete('ETag') // it belongs to the JSON
    setPagePolicy(inPages(c))
  }
  for (const root of [PAGES_ROOT, '/docs', BOARD_ROOT]) app.use(`${root}/*`, errorAsPage)
}

/** Adds the pages. */
export function addPages(app: Api, ctx: ApiContext, gate: Gate): void {
  const { oidc_base_namespace: scopeNamespace } = ctx.settings.file
  const door: ApiDoor = {
    requires: (action) => requires(action) as unknown as MiddlewareHandler<PageEnv>,
    guards: (action, subjectOf) =>
      guardChange(ctx, action, (c) => subjectOf(inPages(c))) as unknown as MiddlewareHandler<PageEnv>,
    identify: (c) => identifyIfPossible(inApp(c)),
    refusal: (c, action) => refusalOf(action, c.get('caller'), scopeNamespace),
    scopeNamespace,
    answer: (error, c) => answerError(ctx.log, error, inApp(c)),
    send: (c, request) => send(app, inApp(c), request),
  }
  app.use(`${PAGES_ROOT}/*`, withoutSlash)
  app.route(PAGES_ROOT, openPages(ctx, gate, door))
}

/** The pages are mounted in the app, so their requests are the app's. */
function inApp(c: PageRequest): Context<ApiEnv> {
  return c as unknown as Context<ApiEnv>
}

/** Pages see a part of what the app has. */
function inPages(c: Context<ApiEnv>): PageRequest {
  return c as unknown as PageRequest
}

/** Pages may be read without a login, also while logins cannot be checked; what needs one has its guard, which then refuses. */
async function identifyIfPossible(c: Context<ApiEnv>): Promise<void> {
  try {
    await identify(c)
  } catch (error) {
    const isRefused = error instanceof ApiError && (error.status === 401 || error.status === 503)
    if (!isRefused && !(error instanceof NotReady) && !(error instanceof UpstreamError)) throw error
    c.header('WWW-Authenticate', undefined)
  }
}

/** Sends a request to the API with the headers of the caller, which may prove its login, and its connection, which may have a certificate. */
async function send(app: Api, c: Context<ApiEnv>, request: Parameters<ApiDoor['send']>[1]) {
  const headers = new Headers(c.req.raw.headers)
  for (const name of ['content-length', 'content-type', 'transfer-encoding']) headers.delete(name)
  headers.set('Content-Type', 'application/json')
  const { method, path, body, key } = request
  if (key !== undefined) headers.set('Idempotency-Key', key)
  const url = new URL(path, c.req.url)
  const answer = await app.request(
    url,
    { method, headers, ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }) },
    { ...c.env, outgoing: undefined }, // the page itself is written to that one
  )
  return { status: answer.status, body: (await answer.json()) as unknown }
}
