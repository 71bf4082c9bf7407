/** Events with builds at the lab's build system, whose cancellation a test observes, and a clock that it advances. */
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { FaultRule } from '../../../lab/fault-rule.ts'
import { submitBuild } from '../../../src/commands/submit/submit-build.ts'
import { dueCancellations } from '../../../src/db/queries/task-cancellations.ts'
import { buildColumn, makeBuild, makeEvent } from '../../factories.ts'
import { TEST_ORIGIN } from '../api/origin.ts'
import { createTestContext, type TestContext } from '../context.ts'
import { startWorld, type TestWorld } from '../lab/world.ts'

export const HOUR_MS = 3_600_000

/** How long the claim of a submission lasts. */
export const LEASE_MS = 8000

/** Arguments of an image the lab's build system can build. */
const ARGS = {
  repository: 'containers/httpd-24',
  commit: 'a'.repeat(40),
  target: 'rhel-8-containers-candidate',
  branch: 'rhel-8.9.0',
}

/** An image the lab's build system can build. */
export const IMAGE = { originalNvr: 'httpd-24-container-1-283', args: ARGS }

/** The reasons of builds that are canceled. */
export const BEFORE_RUNNING = 'Build canceled before running on external build system.'
export const IN_KOJI = 'Build canceled in external build system.'
export const NOT_IN_KOJI = 'Build was NOT canceled in external build system. Max number of tries reached!'

/** A request to cancel an event. A busy machine must not end the look at Koji early. */
export const request = { requester: 'root', origin: TEST_ORIGIN, lookMs: 60_000 }

/** What the work fails with; undefined: it succeeds. */
export const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

/** Starts the lab and a context for all tests of a file; each test begins without faults and cancellations. */
export function useCanceling() {
  let world: TestWorld
  let ctx: TestContext
  const clock = { lateMs: 0 }
  beforeAll(async () => {
    world = await startWorld({ builder: { durationMs: () => HOUR_MS } })
    const own = await createTestContext(world.env)
    ctx = { ...own, now: () => new Date(Date.now() + clock.lateMs) }
  })
  afterAll(async () => {
    await ctx.drop()
    await world.stop()
  })
  beforeEach(async () => {
    clock.lateMs = 0
    for (const table of ['task_cancellations', 'surplus_searches', 'service_troubles'])
      await ctx.db.fork().execute(`delete from ${table}`)
    world.lab.world.faults.length = 0
    world.lab.world.kojiCalls.clear()
  })
  return {
    get ctx() {
      return ctx
    },
    /** The lab's world. */
    get world() {
      return world.lab.world
    },
    /** How far the clock of the context is ahead. */
    clock,
    /** Adds a fault of the build system. */
    fault: (rule: Omit<FaultRule, 'service'>) => world.lab.world.faults.push({ service: 'koji', ...rule }),
    task: (id: number) => world.lab.world.koji.tasks.get(id),
    /** The builds whose tasks are to be canceled. */
    due: () => dueCancellations(ctx.db.fork()),
    /** Number of calls of a method of the build system. */
    calls: (method: string) => world.lab.world.kojiCalls.get(method) ?? 0,
    reason: (build: number) => buildColumn<string>(ctx, build, 'state_reason'),
    state: (build: number) => buildColumn<number>(ctx, build, 'state'),
    /** An event with one build, whose task runs. */
    runningBuild: async (eventFields: Parameters<typeof makeEvent>[1] = {}) => {
      const event = await makeEvent(ctx, eventFields)
      const build = await makeBuild(ctx, event, IMAGE)
      await submitBuild(ctx, build)
      return { event, build, taskId: (await buildColumn<number>(ctx, build, 'build_id')) ?? 0 }
    },
    /** The messages about an event, in the order they were written. */
    messages: async (event: number) => {
      const sql =
        "select topic || ' ' || (payload->>'state_name') as message from outbox where event_id = ? order by id"
      const rows = await ctx.db.fork().execute<{ message: string }[]>(sql, [event])
      return rows.map(({ message }) => message)
    },
  }
}
