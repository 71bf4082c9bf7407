/** Forecasts all open builds, and those of a plan together with them: gathers what is known and lets the domain judge. */
import { setImmediate } from 'node:timers/promises'
import type { Context } from '../../context.ts'
import {
  openBuilds,
  readHistory,
  readHistoryOnTargets,
  recentAttempts,
} from '../../db/queries/forecast/open-builds.ts'
import {
  type EventForecast,
  type Forecast,
  forecastInSteps,
  SHARED_DEVIATION,
} from '../../domain/rebuild/forecast/forecast.ts'
import type { Capacity, OpenBuild } from '../../domain/rebuild/forecast/workload.ts'
import type { PlannedBuild } from '../../domain/rebuild/plan/plan.ts'
import { MAX_ATTEMPTS } from '../../domain/rebuild/transition/facts.ts'

/** Always the same, so that two forecasts differ only where what is known differs. */
const SEED = 1
/** Added to the recorded attempts, so that one attempt in twenty is expected to fail until more is known. */
const FIRST_FAILURES = { failed: 1, ended: 20 }
/** Fewer tasks at a time only show that there was less to build. */
const MIN_SEEN = 16
/** The id of an event that is only planned: ids of stored ones start at 1. */
const PLANNED_EVENT = 0

/** `parallelism`: tasks that are taken to run at a time; null: only those on each target are limited. */
export type ForecastNow = { at: Date; forecast: Forecast; parallelism: number | null }

/** Reads only. `planned` are builds that would begin now, in event 0, together with everything that is open. */
export async function forecastBuilds(ctx: Context, planned: readonly OpenBuild[] = []): Promise<ForecastNow> {
  const em = ctx.db.fork()
  const at = ctx.now()
  const builds = [...(await openBuilds(em, at, MAX_ATTEMPTS)), ...planned]
  const history = await readHistory(em, new Set(builds.map(({ name }) => name)))
  const onTargets = await readHistoryOnTargets(em, builds)
  const { ended, failed, maxAtOnce } = await recentAttempts(em, at)
  const running = builds.filter(({ runningS }) => runningS !== null).length
  const capacity = capacityOf(ctx, Math.max(maxAtOnce, running, MIN_SEEN))
  const conditions = {
    capacity,
    failureShare: (failed + FIRST_FAILURES.failed) / (ended + FIRST_FAILURES.ended),
    retryDelaysS: ctx.settings.file.build_retry_delays,
    maxAttempts: MAX_ATTEMPTS,
    sharedDeviation: SHARED_DEVIATION,
  }
  const parallelism = Number.isFinite(capacity.all) ? capacity.all : null
  return {
    at,
    forecast: await runYielding(forecastInSteps({ builds, history, onTargets, conditions, seed: SEED })),
    parallelism,
  }
}

/** Runs the steps to the end, and yields to other work of the process after each. */
async function runYielding<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    await setImmediate()
  }
}

/** The builds of a plan, as if its event began now; their ids are negative. */
export async function forecastPlan(ctx: Context, plan: readonly PlannedBuild[]): Promise<EventForecast> {
  const idOf = new Map(plan.map(({ originalNvr }, index) => [originalNvr, -1 - index]))
  const planned = plan
    .filter(({ state }) => state === 'PLANNED')
    .map(
      (build): OpenBuild => ({
        id: idOf.get(build.originalNvr) ?? 0,
        eventId: PLANNED_EVENT,
        name: build.name,
        dependsOn: build.depOn === null ? null : (idOf.get(build.depOn) ?? null),
        target: build.buildArgs.target,
        remainingPathS: build.remainingPathS,
        runningS: null,
        delayS: 0,
        attemptsLeft: MAX_ATTEMPTS,
      }),
    )
  if (planned.length === 0) return { p50S: 0, p90S: 0, workS: 0 }
  const { events } = (await forecastBuilds(ctx, planned)).forecast
  return events.get(PLANNED_EVENT) ?? { p50S: 0, p90S: 0, workS: 0 }
}

/** Without any limit in the settings, as many as were seen at a time. */
function capacityOf(ctx: Context, seen: number): Capacity {
  const { max_tasks_in_flight: all, max_tasks_in_flight_per_target: eachTarget } = ctx.settings.file
  return { all: all || (eachTarget ? Infinity : seen), eachTarget: eachTarget || Infinity }
}
