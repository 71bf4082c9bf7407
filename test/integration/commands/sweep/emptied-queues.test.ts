/** An event from its message to its last message out while the queue store is emptied again and again: rows alone carry it. */
import { expect, it, onTestFinished } from 'vitest'
import { exampleCatalogue } from '../../../../lab/catalogue/example.ts'
import { CATALOG, type Payload, QUEUE_NAMES, type QueueName } from '../../../../queues/catalog.ts'
import { openGate } from '../../../../src/commands/gate/open-gate.ts'
import { startIngest } from '../../../../src/ingest/main.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { decideWith } from '../../../../workers/decide.ts'
import { discover } from '../../../../workers/discover.ts'
import { intake } from '../../../../workers/intake.ts'
import { createPlan } from '../../../../workers/plan.ts'
import { createPoll } from '../../../../workers/poll.ts'
import { createPublish } from '../../../../workers/publish.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import type { WorkerOf, WorkerTable } from '../../../../workers/run/worker.ts'
import { submit } from '../../../../workers/submit.ts'
import { createSweep } from '../../../../workers/sweep.ts'
import { transition } from '../../../../workers/transition.ts'
import { countWaitingMessages, readEvent } from '../../../support/database/events.ts'
import { eventually } from '../../../support/eventually.ts'
import { hubTasks } from '../../../support/lab/hub-tasks.ts'
import { labSettings } from '../../../support/pipeline.ts'
import { type Submitting, startSubmitting } from '../../../support/rebuild/submitting.ts'

const CRITICAL = 133001
const FAILS_ONCE = 'httpd-24-container'
/** The composes of the original images do not cover their content sets, so that new ones have to be requested. */
const CATALOGUE = {
  ...exampleCatalogue,
  composes: exampleCatalogue.composes.map((compose) => ({ ...compose, source: 'something-else' })),
}
/** Rows are swept once they are two seconds old; by more than the delay before a further try. */
const STEP_MS = 70_000

/** Empties the queues between a sweep and a poll with the jobs they add, and again after each of those jobs. */
function createSteps({ ctx, clock }: Submitting) {
  const table: WorkerTable = {
    intake,
    discover,
    plan: createPlan(),
    submit,
    poll: createPoll(),
    transition,
    decide: decideWith(openGate(ctx)),
    publish: createPublish(),
    sweep: createSweep(),
  }
  const queues = Object.values(ctx.queues.byName)
  const forgetAll = () => Promise.all(queues.map((queue) => queue.obliterate({ force: true })))
  const run = async <N extends QueueName>(queue: N, payload: Payload<N>) => {
    const worker: WorkerOf<N> = table[queue]
    await attempt(ctx, { queue, worker, payload, isLast: false }).catch((error: unknown) => {
      if (!(error instanceof NotReady)) throw error
    })
  }
  return {
    forgetAll,
    async step(): Promise<void> {
      clock.lateMs += STEP_MS
      await run('sweep', { slot: 0 })
      await run('poll', { slot: 0 })
      const jobs = await Promise.all(
        queues.map((queue) => queue.getJobs(['waiting', 'prioritized', 'delayed'])),
      )
      for (const job of jobs.flat()) {
        await forgetAll()
        const name = QUEUE_NAMES.find((queue) => queue === job.queueName) ?? 'sweep'
        await run(name, CATALOG[name].payload.parse(job.data))
      }
      await forgetAll()
    },
  }
}

it('the event is completed, with each task submitted once and every message sent', async () => {
  const failures = { [FAILS_ONCE]: { times: 1, code: 2001, text: 'Image build failed.' } }
  const submitting = await startSubmitting({ catalogue: CATALOGUE, builder: { failures } }, labSettings(''))
  onTestFinished(submitting.stop)
  const { ctx, world } = submitting
  const { forgetAll, step } = createSteps(submitting)
  const ingest = await startIngest(ctx)
  world.ship(CRITICAL)
  await eventually(
    () => ctx.db.fork().execute('select 1 from inbox where meaning is not null'),
    (rows) => rows.length > 0,
  )
  await ingest.stop()
  await forgetAll()

  const event = await eventually(
    async () => {
      await step()
      return (await countWaitingMessages(ctx.db)) === 0 ? readEvent(ctx.db, CRITICAL) : undefined
    },
    (event) => event?.ended === true,
  )
  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(new Set(event?.builds.map(({ state }) => state))).toEqual(new Set(['DONE']))
  const composes = await ctx.db.fork().execute('select 1 from composes where odcs_compose_id > 0')
  expect(composes).not.toEqual([])
  expect(hubTasks(world.lab)).toHaveLength((event?.builds.length ?? 0) + 1)
  expect(world.sent('event.state.changed').map(({ body }) => body['state_name'])).toEqual([
    'BUILDING',
    'COMPLETE',
  ])
})
