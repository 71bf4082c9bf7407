/** Serves the board of all queues, on which operators view and change jobs; it is loaded by the first request. */
import type { Hono, MiddlewareHandler } from 'hono'
import { createCache } from '../../lib/cache.ts'
import type { Api, ApiContext, ApiEnv } from '../api.ts'
import { guardChange } from '../audit.ts'
import { requires, SAFE_METHODS } from '../auth/requires.ts'
import { boardChange, recordBoardChange } from '../board-changes.ts'
import { ApiError, unknownUrl } from '../errors.ts'
import { isLocalOperator } from '../middleware/local-only.ts'
import { withoutSlash } from '../middleware/slashes.ts'

/** Where the board is. */
export const BOARD_ROOT = '/queues'
/** A proxy may pass on any prefix of a client. */
const MAX_BOARDS = 10

/** `/queues` and every path below it: for admins, or without authentication for this machine alone. */
export function addQueues(app: Api, ctx: ApiContext): void {
  const below = `${BOARD_ROOT}/*`
  const isOpen = ctx.settings.env.AUTH_BACKEND === 'noauth'
  const read = isOpen ? onlyFromHere : requires('operate-queues')
  const change = isOpen
    ? onlyFromHere
    : guardChange(ctx, 'operate-queues', (c) => boardChange(c.req.path).subject)
  app.use(below, (c, next) => (SAFE_METHODS.has(c.req.method) ? read(c, next) : change(c, next)))
  app.use(below, withoutSlash) // the board's own links to its first page have one
  const boards = createCache<Promise<Hono>>(MAX_BOARDS, () => 0)
  /** The board by the prefix of the proxy: its page contains its own address, for everything that it loads. */
  const boardBelow = (prefix: string) => {
    const board = boards.get(prefix) ?? open(`${prefix}${BOARD_ROOT}`)
    boards.set(prefix, board, Number.MAX_VALUE)
    return board
  }
  const open = async (path: string) => (await import('../board.ts')).openBoard(ctx, path)
  app.all(below, async (c) => {
    const { prefix } = c.get('caller')
    const url = new URL(`${prefix}${c.req.path}`, c.req.url)
    url.search = new URL(c.req.url).search
    const board = await boardBelow(prefix)
    const answer = await board.fetch(new Request(url, c.req.raw), c.env)
    const isJson = answer.headers.get('content-type')?.includes('json')
    if (answer.status === 404 && !isJson) throw unknownUrl()
    if (!SAFE_METHODS.has(c.req.method)) await recordBoardChange(c, ctx, answer)
    return answer
  })
}

const onlyFromHere: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!isLocalOperator(c.get('caller'), c.req.raw.headers))
    throw new ApiError(403, 'The queues are only available from this machine, at its loopback address.')
  await next()
}
