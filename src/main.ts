/** `npm start`: runs web, ingest and workers in one process, for small installations and for trying it out; several web processes run beside it. */
import { startWorkers } from '../workers/main.ts'
import { startWeb } from './api/main.ts'
import { startWebProcesses } from './api/processes/start-processes.ts'
import { startIngest } from './ingest/main.ts'
import { refuseArguments } from './lib/refuse-arguments.ts'
import { runProcess } from './process.ts'

refuseArguments('npm start')
await runProcess('freshwave', async (ctx, shutdown, answerFor) => {
  const { WEB_CONCURRENCY: count } = ctx.settings.env
  const starting = new AbortController()
  const openWeb = async () => {
    if (count <= 1) return startWeb(ctx)
    const processes = await startWebProcesses({ count, args: [], log: ctx.log, signal: starting.signal })
    answerFor(processes)
    return processes
  }
  const parts = [startWorkers(ctx), startIngest(ctx), openWeb()]
  // Also while they start: the context waits for what they hold. At once: each may take half of `shutdown_grace_s`.
  shutdown.add('web, ingest and workers', async () => {
    starting.abort()
    const started = await Promise.allSettled(parts)
    const stops = started.map((part) => (part.status === 'fulfilled' ? part.value.stop() : undefined))
    for (const end of await Promise.allSettled(stops)) if (end.status === 'rejected') throw end.reason
  })
  await Promise.all(parts)
})
