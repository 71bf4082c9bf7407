/** The board of all queues, on which operators view and change jobs. */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import type { MiddlewareHandler } from 'hono'
import { CATALOG, QUEUE_NAMES } from '../../../queues/catalog.ts'
import type { Api, ApiContext, ApiEnv } from '../api.ts'
import { requires } from '../auth/requires.ts'
import { ApiError } from '../errors.ts'
import { isLocalOperator } from '../middleware/local-only.ts'

const PATH = '/queues'

/** `/queues` and every path below it: for admins, or without authentication for this machine alone. */
export function addQueues(app: Api, { queues, settings }: ApiContext): void {
  app.use(`${PATH}/*`, settings.env.AUTH_BACKEND === 'noauth' ? onlyFromHere : requires('operate-queues'))
  const board = new HonoAdapter(serveStatic)
  createBullBoard({
    queues: QUEUE_NAMES.map(
      (name) => new BullMQAdapter(queues.byName[name], { description: CATALOG[name].does }),
    ),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'Freshwave' } },
  })
  board.setBasePath(PATH)
  app.route(PATH, board.registerPlugin())
}

const onlyFromHere: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!isLocalOperator(c.get('caller'), c.req.raw.headers))
    throw new ApiError(403, 'The queues are only available from this machine, at its loopback address.')
  await next()
}
