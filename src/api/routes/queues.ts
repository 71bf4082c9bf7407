/** The board of all queues, for operators only: it shows and changes jobs. */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import { CATALOG, QUEUE_NAMES } from '../../../queues/catalog.ts'
import type { Api, ApiContext } from '../api.ts'
import { ApiError } from '../errors.ts'
import { isLocalOperator } from '../middleware/local-only.ts'

const PATH = '/queues'

/** `/queues`; everybody who may not operate gets 403, whatever is below it. */
export function addQueues(app: Api, { queues }: ApiContext): void {
  app.use(`${PATH}/*`, async (c, next) => {
    if (!isLocalOperator(c.get('client'), c.req.raw.headers))
      throw new ApiError(403, 'The queues are shown only on the machine itself, under its loopback address.')
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
