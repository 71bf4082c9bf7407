/** The board of all queues, on which local operators view and change jobs. */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import { CATALOG, QUEUE_NAMES } from '../../../queues/catalog.ts'
import type { Api, ApiContext } from '../api.ts'
import { ApiError } from '../errors.ts'
import { isLocalOperator } from '../middleware/local-only.ts'

const PATH = '/queues'

/** `/queues`; requests from other machines get 403 for every path below it. */
export function addQueues(app: Api, { queues }: ApiContext): void {
  app.use(`${PATH}/*`, async (c, next) => {
    if (!isLocalOperator(c.get('caller'), c.req.raw.headers))
      throw new ApiError(403, 'The queues are only available from this machine, at its loopback address.')
    await next()
  })
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
