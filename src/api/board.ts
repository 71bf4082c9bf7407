/** The board of all queues as an app: the one file that loads bull-board (decision 0062). */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono, type MiddlewareHandler } from 'hono'
import { CATALOG, QUEUE_NAMES, type QueueName } from '../../queues/catalog.ts'
import { countJobs } from '../commands/count-jobs.ts'
import { type CachedAnswer, createCachedAnswer } from '../lib/async/cached-answer.ts'
import type { ApiContext } from './api.ts'

/** How long settings of queues are cached: the board reads them every few seconds, five statements for each queue, and they hardly ever change. */
const SETTINGS_MS = 5000

/** Its routes are below `path`, without any guard. What an operator has changed here is shown immediately. */
export function openBoard(ctx: ApiContext, path: string): Hono {
  const cached: CachedAnswer<unknown>[] = [ctx.jobCounts]
  const board = new HonoAdapter(serveStatic)
  createBullBoard({
    queues: QUEUE_NAMES.map((name) => adapterOf(ctx, name, cached)),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'Freshwave' } },
  })
  board.setBasePath(path)
  const renewing: MiddlewareHandler = async (c, next) => {
    await next()
    if (c.req.method !== 'GET') for (const { renew } of cached) renew()
  }
  return new Hono().use(renewing, withoutForeignLinks).route(path, board.registerPlugin())
}

/** Its page requests fonts from another host, which the content policy forbids: browsers would report that with each visit. */
const withoutForeignLinks: MiddlewareHandler = async (c, next) => {
  await next()
  if (!c.res.headers.get('content-type')?.startsWith('text/html')) return
  const page = await c.res.text()
  c.res = new Response(page.replace(/<link href="https:[^>]*>/g, ''), c.res)
}

/** The board counts all jobs of all queues every few seconds, so it gets the bounded counts of our own pages. Adds to `cached` what it caches. */
function adapterOf(ctx: ApiContext, name: QueueName, cached: CachedAnswer<unknown>[]): BullMQAdapter {
  const cache = <T>(read: () => Promise<T>) => {
    const answer = createCachedAnswer<T>(SETTINGS_MS)
    cached.push(answer)
    return () => answer.get(read)
  }
  const adapter = new BullMQAdapter(ctx.queues.byName[name], { description: CATALOG[name].does })
  const countAll = adapter.getJobCounts.bind(adapter)
  if (ctx.queues.kind === 'postgres')
    adapter.getJobCounts = async () => {
      const counts = (await countJobs(ctx)).get(name)
      return counts ? { ...NOT_COUNTED, ...counts } : countAll()
    }
  adapter.isPaused = cache(adapter.isPaused.bind(adapter))
  adapter.getGlobalConcurrency = cache(adapter.getGlobalConcurrency.bind(adapter))
  adapter.getActiveRateLimitTtl = cache(adapter.getActiveRateLimitTtl.bind(adapter))
  adapter.getJobSchedulersCount = cache(adapter.getJobSchedulersCount.bind(adapter))
  adapter.getWorkers = cache(adapter.getWorkers.bind(adapter))
  return adapter
}

/** The pipeline does not use flows of BullMQ. */
const NOT_COUNTED = { latest: 0, paused: 0, 'waiting-children': 0 }
