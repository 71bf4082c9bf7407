/** Open builds for forecasts, with defaults, so that a test names only the fields that matter to it. */
import type { History } from '../../../src/domain/rebuild/forecast/experience.ts'
import type { Conditions, OpenBuild } from '../../../src/domain/rebuild/forecast/workload.ts'

/** A planned build without a parent, in event 1. */
export function openBuild(id: number, fields: Partial<OpenBuild> = {}): OpenBuild {
  return {
    id,
    eventId: 1,
    name: `image-${id}`,
    dependsOn: null,
    target: 'rhel-8',
    remainingPathS: 0,
    runningS: null,
    delayS: 0,
    attemptsLeft: 3,
    ...fields,
  }
}

/** No limits, and no try fails. */
export function conditionsWith(fields: Partial<Conditions> = {}): Conditions {
  return {
    capacity: { all: Infinity, eachTarget: Infinity },
    failureShare: 0,
    retryDelaysS: [0, 60],
    maxAttempts: 3,
    sharedDeviation: 0,
    ...fields,
  }
}

/** Names whose builds have always taken the same time, so often that the forecast has no doubt. */
export function steady(seconds: Readonly<Record<string, number>>): History {
  return new Map(Object.entries(seconds).map(([name, value]) => [name, Array<number>(5000).fill(value)]))
}
