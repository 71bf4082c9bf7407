/** `npm start`: runs web, ingest and workers in one process, for small installations and for trying it out; several web processes run beside it. */
import { startWorkers } from '../workers/main.ts'
import { startWeb } from './api/main.ts'
import { startWebProcesses } from './api/processes/start-processes.ts'
import { startIngest } from './ingest/main.ts'
import { runProcess } from './process.ts'

await runProcess('freshwave', async (ctx, shutdown) => {
  const { WEB_CONCURRENCY: count } = ctx.settings.env
  const [workers, ingest, web] = await Promise.all([
    startWorkers(ctx),
    startIngest(ctx),
    count > 1 ? startWebProcesses({ count, args: [], log: ctx.log }) : startWeb(ctx),
  ])
  shutdown.add('workers', workers.stop)
  shutdown.add('ingest', ingest.stop)
  shutdown.add('web', web.stop)
})
