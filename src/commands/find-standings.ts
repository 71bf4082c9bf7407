/** Finds what each build of an event waits for, or what ended it (decision 0039). */
import type { Context } from '../context.ts'
import { standingFactsOf } from '../db/queries/records/build-standings.ts'
import { tasksInFlightByTarget } from '../db/queries/running-tasks.ts'
import { lastPolled } from '../db/queries/service-troubles.ts'
import type { WaitRow } from '../db/queries/waits.ts'
import {
  type Circumstances,
  type Standing,
  type StandingFacts,
  standingOf,
} from '../domain/rebuild/standing.ts'
import { taskLimits } from './task-limit.ts'

/** A build with its standing. */
export type StandingBuild = { build: StandingFacts; standing: Standing }

/**
 * The standings of all builds of an event in the order of their ids, or of the one of the image `nvr`; `waits` are all of
 * the event. Reads only, in the same few statements for any number of builds.
 */
export async function findStandings(
  ctx: Pick<Context, 'db' | 'settings' | 'now'>,
  eventId: number,
  of: { nvr: string | undefined; waits: readonly WaitRow[] },
): Promise<StandingBuild[]> {
  const em = ctx.db.fork()
  const now = ctx.now()
  const limits = taskLimits(ctx)
  const onTarget = limits ? await tasksInFlightByTarget(em, now) : new Map<string, number>()
  const total = [...onTarget.values()].reduce((sum, tasks) => sum + tasks, 0)
  const lookedAt = await lastPolled(em, 'koji')
  const circumstances: Circumstances = { now, limits, inFlight: { total, onTarget }, lookedAt }
  const builds = await standingFactsOf(em, eventId, of)
  return builds.map((build) => ({ build, standing: standingOf(build, circumstances) }))
}
