/** `npm run worker`: one worker for each queue of the catalog, and the clock that enqueues `poll` and `sweep`. */
import { pathToFileURL } from 'node:url'
import { openGate } from '../src/commands/gate/open-gate.ts'
import { startSignOfLife } from '../src/commands/sign-of-life.ts'
import type { Context } from '../src/context.ts'
import { refuseArguments } from '../src/lib/refuse-arguments.ts'
import { runProcess } from '../src/process.ts'
import { decideWith } from './decide.ts'
import { discover } from './discover.ts'
import { intake } from './intake.ts'
import { createPlan } from './plan.ts'
import { createPoll } from './poll.ts'
import { createPublish } from './publish.ts'
import { guardHosts } from './run/call-circuits.ts'
import { startClock } from './run/clock.ts'
import { runWorkers } from './run/run-workers.ts'
import type { WorkerTable } from './run/worker.ts'
import { submit } from './submit.ts'
import { createSweep } from './sweep.ts'
import { transition } from './transition.ts'

/** Starts all workers and the clock. */
export async function startWorkers(ctx: Context): Promise<{ stop(): Promise<void> }> {
  const distGit = guardHosts(ctx.clients.distGit)
  const decide = decideWith(openGate({ ...ctx, clients: { ...ctx.clients, distGit } }))
  const plan = createPlan()
  const poll = createPoll()
  const publish = createPublish()
  const sweep = createSweep()
  const table: WorkerTable = { intake, discover, plan, submit, poll, transition, decide, publish, sweep }
  const workers = await runWorkers(ctx, table)
  const { POLL_INTERVAL_MS, SWEEP_INTERVAL_MS } = ctx.settings.env
  const sign = startSignOfLife(ctx)
  const clocks = [startClock(ctx, 'poll', POLL_INTERVAL_MS), startClock(ctx, 'sweep', SWEEP_INTERVAL_MS)]
  ctx.log.info({ queues: Object.keys(table), store: ctx.queues.kind }, 'workers started')
  return {
    stop: async () => {
      for (const stopClock of clocks) stopClock()
      await workers.stop()
      await sign.stop()
    },
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  refuseArguments('npm run worker')
  await runProcess('worker', async (ctx, shutdown) => {
    const workers = startWorkers(ctx)
    shutdown.add('workers', async () => (await workers).stop()) // also while they start: the context waits for what they hold
    await workers
  })
}
