/** The board of all queues as an app: the one file that loads bull-board (decision 0062). */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { CATALOG, QUEUE_NAMES, type QueueName } from '../../queues/catalog.ts'
import { countStoredJobs } from '../db/queries/pages/job-counts.ts'
import type { ApiContext } from './api.ts'

/** Its routes are below `path`, without any guard. */
export function openBoard(ctx: ApiContext, path: string): Hono {
  const board = new HonoAdapter(serveStatic)
  createBullBoard({
    queues: QUEUE_NAMES.map((name) => adapterOf(ctx, name)),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'Freshwave' } },
  })
  board.setBasePath(path)
  return new Hono().route(path, board.registerPlugin())
}

/** The board counts all jobs of all queues every few seconds: as bounded as our own pages. */
function adapterOf(ctx: ApiContext, name: QueueName): BullMQAdapter {
  const adapter = new BullMQAdapter(ctx.queues.byName[name], { description: CATALOG[name].does })
  const countAll = adapter.getJobCounts.bind(adapter)
  if (ctx.queues.kind === 'postgres')
    adapter.getJobCounts = async () => {
      await ctx.queues.byName[name].waitUntilReady() // BullMQ makes its tables when a queue is used
      const counts = (await countStoredJobs(ctx.db.fork(), [name])).get(name)
      return counts ? { ...NOT_COUNTED, ...counts } : countAll()
    }
  return adapter
}

/** The pipeline does not use flows of BullMQ. */
const NOT_COUNTED = { latest: 0, paused: 0, 'waiting-children': 0 }
