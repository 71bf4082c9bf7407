/** `npm start`: runs web, ingest and workers in one process, for small installations and for trying it out. */
import { startWorkers } from '../workers/main.ts'
import { startWeb } from './api/main.ts'
import { startIngest } from './ingest/main.ts'
import { runProcess } from './process.ts'

await runProcess('freshwave', async (ctx, shutdown) => {
  const workers = await startWorkers(ctx)
  shutdown.add('workers', workers.stop)
  const ingest = await startIngest(ctx)
  shutdown.add('ingest', ingest.stop)
  const web = await startWeb(ctx)
  shutdown.add('web', web.stop)
})
