/** The accuracy of forecasts: predicted ends of simulated events after a tenth of their work, and the cost of a large forecast. */
import { forecast, SHARED_DEVIATION } from '../../../src/domain/rebuild/forecast/forecast.ts'
import type { OpenBuild } from '../../../src/domain/rebuild/forecast/workload.ts'
import type { Bench, Line } from '../bench.ts'
import { median, show, showMs, timed } from '../statistics.ts'
import {
  lastEnd,
  openAt,
  SIMULATED,
  simulateEvent,
  WORLDS,
  type World,
  whenDone,
} from './simulated-events.ts'

const EVENTS = 100
/** The method was tuned on events with seeds from 1 on; these events are different. */
const FIRST_SEED = 50_001
const SHARE_DONE = 0.1
const CLOSE = 0.2
const LARGE = 10_000
const LARGE_MS = 1000
const RUNS = 5

type Outcome = { error: number; errorWithAll: number; held: boolean }

/** The forecast knows only the records and the state at that time; both simulations have no code in common. */
export const forecasting: Bench = {
  name: 'forecast',
  explains:
    `${EVENTS} simulated events with lognormal durations, stragglers and failing tries on ${SIMULATED.builders} builders: the end predicted ` +
    'after 10 % of the work, as an error of the time that was left; and the time for a large forecast.',
  async run() {
    const lines = WORLDS.flatMap((world) =>
      accuracy(
        world,
        Array.from({ length: EVENTS }, (_, index) => predict(world, FIRST_SEED + index)),
      ),
    )
    return [...lines, await cost()]
  },
}

function predict(world: World, seed: number): Outcome {
  const { history, completeHistory, failureShare, courses } = simulateEvent(world, seed)
  const at = whenDone(courses, SHARE_DONE)
  const left = lastEnd(courses) - at
  const input = { builds: openAt(courses, at), conditions: conditionsOf(failureShare), seed }
  const { p50S = 0, p90S = 0 } = forecast({ ...input, history }).events.get(1) ?? {}
  const withAll = forecast({ ...input, history: completeHistory }).events.get(1)?.p50S ?? 0
  return { error: (p50S - left) / left, errorWithAll: (withAll - left) / left, held: left <= p90S }
}

function accuracy({ name }: World, outcomes: readonly Outcome[]): Line[] {
  const errors = outcomes.map(({ error }) => Math.abs(error))
  const countClose = (values: readonly number[]) => values.filter((error) => Math.abs(error) <= CLOSE).length
  const close = countClose(errors)
  const closeWithAll = countClose(outcomes.map(({ errorWithAll }) => errorWithAll))
  const held = outcomes.filter((outcome) => outcome.held).length
  const bias = median(outcomes.map(({ error }) => error))
  const percent = (share: number) => `${show(100 * share)} %`
  return [
    {
      what: `${name} builds: P50`,
      measured: `within 20 % in ${close} of ${EVENTS}; error: median ${percent(median(errors))}, bias ${percent(bias)}`,
      compared: `${closeWithAll} with all records`,
      target: { text: 'at least 80 of 100', met: close >= 0.8 * EVENTS },
      raw: { close, closeWithAll, medianError: median(errors), bias },
    },
    {
      what: `${name} builds: P90`,
      measured: `holds in ${held} of ${EVENTS}`,
      compared: '',
      target: { text: '85 to 95 of 100', met: held >= 0.85 * EVENTS && held <= 0.95 * EVENTS },
      raw: { held },
    },
  ]
}

async function cost(): Promise<Line> {
  const [world] = WORLDS
  if (!world) throw new Error('There is no world to simulate.')
  const { history, failureShare } = simulateEvent(world, 1)
  const names = [...history.keys()]
  const builds = Array.from({ length: LARGE }, (_, index): OpenBuild => {
    const dependsOn = index < 100 ? null : Math.floor(index / 5)
    const name = names[index % names.length] ?? ''
    const remainingPathS = LARGE - index
    return {
      id: index + 1,
      eventId: 1,
      name,
      dependsOn,
      target: null,
      remainingPathS,
      runningS: null,
      delayS: 0,
      attemptsLeft: 3,
    }
  })
  const times: number[] = []
  for (let run = 0; run < RUNS; run += 1)
    times.push(
      await timed(() =>
        forecast({ builds, history, conditions: conditionsOf(failureShare), seed: run }).buildsOf(1),
      ),
    )
  const ms = median(times)
  return {
    what: `${LARGE.toLocaleString('en-US')} builds`,
    measured: showMs(ms),
    compared: `${show((1000 * ms) / LARGE)} µs for each`,
    target: { text: `under ${showMs(LARGE_MS)}`, met: ms < LARGE_MS },
    raw: { largeMs: ms },
  }
}

function conditionsOf(failureShare: number) {
  const { builders, retryDelaysS, maxAttempts } = SIMULATED
  return {
    capacity: { all: builders, eachTarget: Infinity },
    failureShare,
    retryDelaysS,
    maxAttempts,
    sharedDeviation: SHARED_DEVIATION,
  }
}
