/** `npm start`: runs web, ingest and workers in one process, for small installations and for trying it out; several web processes run beside it. */
import { startWorkers } from '../workers/main.ts'
import { startWeb } from './api/main.ts'
import { startWebProcesses } from './api/processes/start-processes.ts'
import { startIngest } from './ingest/main.ts'
import { runProcess } from './process.ts'

await runProcess('freshwave', async (ctx, shutdown, answerFor) => {
  const workers = await startWorkers(ctx)
  shutdown.add('workers', workers.stop)
  const ingest = await startIngest(ctx)
  shutdown.add('ingest', ingest.stop)
  const { WEB_CONCURRENCY: count } = ctx.settings.env
  if (count > 1) {
    const web = await startWebProcesses({ count, args: [], log: ctx.log })
    shutdown.add('web', web.stop)
    answerFor(web)
  } else shutdown.add('web', (await startWeb(ctx)).stop)
})
