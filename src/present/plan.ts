/** A plan as JSON: its builds in order with reasons and expected durations, and its critical path. */
import type { Policy } from '../domain/gate/policy/policy.ts'
import type { ReleaseGate } from '../domain/gate/release/release-gate.ts'
import type { Consideration } from '../domain/rebuild/consideration.ts'
import type { EventForecast } from '../domain/rebuild/forecast/forecast.ts'
import { criticalPath, expectedSeconds } from '../domain/rebuild/plan/critical-path.ts'
import type { PlannedBuild } from '../domain/rebuild/plan/plan.ts'
import type { WhatIf } from '../domain/rebuild/plan/what-if.ts'
import { minutes } from './forecast.ts'

type Plan = {
  handler: string | null
  skipped: string | null
  builds: readonly PlannedBuild[]
  considered: readonly Consideration[]
  forecast: EventForecast
}

/** The release gates of an image, with the policies that will apply to it there. */
type GatesOf = (nvr: string) => readonly { gate: ReleaseGate; policies: readonly Policy[] }[]

/** Durations are in seconds, from earlier builds of the same name; parents precede the images built on them. */
export function presentPlan(
  whatIf: WhatIf,
  { handler, skipped, builds, considered, forecast }: Plan,
  gatesOf: GatesOf,
) {
  const seconds = expectedSeconds(builds)
  const path = criticalPath(builds)
  const total = builds.reduce((sum, build) => sum + (seconds.get(build.originalNvr) ?? 0), 0)
  return {
    builds: builds.map((build, index) => ({
      build_args: {
        branch: build.buildArgs.branch,
        commit: build.buildArgs.commit,
        original_parent: build.buildArgs.originalParent,
        repository: build.buildArgs.repository,
        target: build.buildArgs.target,
      },
      dep_on: build.depOn,
      expected_seconds: Math.round(seconds.get(build.originalNvr) ?? 0),
      gates: gatesOf(build.originalNvr).map(({ gate, policies }) => ({
        decision_context: gate.decisionContext,
        product_version: gate.productVersion,
        policies: policies.map(({ id }) => id),
      })),
      name: build.name,
      order: index + 1,
      original_nvr: build.originalNvr,
      reason: build.reason,
      rebuild_reason: build.rebuildReason,
      remaining_path_seconds: Math.round(build.remainingPathS),
      state_name: build.state,
      state_reason: build.stateReason,
    })),
    critical_path: path.nvrs,
    critical_path_seconds: Math.round(path.seconds),
    errata_id: 'errataId' in whatIf ? whatIf.errataId : null,
    forecast: {
      builder_minutes: minutes(forecast.workS),
      p50_minutes: minutes(forecast.p50S),
      p90_minutes: minutes(forecast.p90S),
    },
    handler,
    not_rebuilt: considered
      .filter((image) => image.outcome === 'not-rebuilt')
      .map(({ nvr, rule, reason }) => ({ nvr, reason, rule })),
    rpm_nvrs: 'rpms' in whatIf ? [...whatIf.rpms.nvrs] : [],
    skipped,
    total_seconds: Math.round(total),
  }
}
