/**
 * Each service in each kind of trouble in each stage of an event: meanwhile health, metrics and `why` report it, and then
 * the event ends as one that met no trouble, with nothing done twice.
 */
import { afterAll, describe, expect, it } from 'vitest'
import type { FaultRule } from '../../lab/fault-rule.ts'
import { createSlots } from '../../src/lib/async/slots.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import { readEvent } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys } from '../support/lab/hub-tasks.ts'
import { KINDS, type Kind, whyNot } from '../support/trouble/kinds.ts'
import {
  IMAGES,
  outcomeOf,
  readWhy,
  type SmallWorld,
  startSmallWorld,
} from '../support/trouble/small-world.ts'
import { reportedName, type StageCell, stageCells, subjectOf } from '../support/trouble/stages.ts'
import { type ArmedTrouble, armTrouble } from '../support/trouble/trouble.ts'

/** The trouble lasts until this many requests have met it (one, when nothing listens any more), and until it is reported. */
const REQUESTS = 2
const PATIENCE_MS = 400_000
const POLLED = new Set(['koji', 'odcs'])
/** Each takes up to twenty connections to the database that all tests share. */
const LANES = 4

type Cell = StageCell & { kind: Kind; title: string }

/** The cells in order of their stages, so that tests that run at the same time differ in their stage no more than they must. */
const CELLS: Cell[] = stageCells().flatMap((cell) =>
  KINDS.filter((kind) => whyNot(kind, cell.column, cell.gate) === undefined).map((kind) => ({
    ...cell,
    kind,
    title: `${cell.stage}, ${cell.column}: ${kind.name}`,
  })),
)

/** A world for one event after the other, and what events without trouble come to in it, by subject and `prepare`. */
type Lane = { small: SmallWorld; undisturbed: Map<string, unknown> }

const idle: Lane[] = []
const inSlot = createSlots(LANES)

afterAll(async () => {
  await Promise.all(idle.map(({ small }) => small.stop()))
})

describe('an event ends as if there had been no trouble', () => {
  it.concurrent.for(CELLS)('$title', { timeout: 600_000 }, (cell) =>
    inSlot(async () => {
      const lane = idle.pop() ?? { small: await startSmallWorld(), undisturbed: new Map<string, unknown>() }
      try {
        await tryCell(lane, cell)
        idle.push(lane)
      } catch (error) {
        await lane.small.stop() // trouble that did not end must not reach the next cell
        throw error
      }
    }),
  )
})

async function tryCell(lane: Lane, cell: Cell): Promise<void> {
  const { small } = lane
  const { world, app, pipeline } = small
  const expected = await undisturbedOutcome(lane, cell)
  const subject = subjectOf(cell.stage)
  const advisory = small.addAdvisory(subject)
  const trouble = armTrouble(world, cell, cell.kind)
  await small.begin(advisory, subject)
  const seen = new Set<string>()
  const missing = () => unreported(small, cell, advisory, trouble, seen)
  await eventually(missing, (place) => place === undefined, PATIENCE_MS)
  await trouble.end()
  const event = await pipeline.untilEnded(advisory, PATIENCE_MS)
  expect(await outcomeOf(small, event)).toEqual(expected)
  expect(duplicateKeys(world.lab)).toEqual([])
  expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
  const status = async () => (await readHealth(app)).status
  await eventually(status, (now) => now === 'ready')
}

/**
 * Where the trouble of a cell has not been reported yet, while it lasts; intake has no event yet whose `why` could. Where only some
 * requests of a polled service are in trouble, polls that are answered end it between two attempts: then each place reports it once (`seen`).
 */
async function unreported(
  { app, pipeline }: SmallWorld,
  { stage, column, gate, kind }: Cell,
  advisory: number,
  trouble: ArmedTrouble,
  seen: Set<string>,
): Promise<string | undefined> {
  if (trouble.met() < (kind.stopped ? 1 : REQUESTS)) return 'not met'
  const service = reportedName(column)
  const blame = gate.isPolled ? 'service' : kind.blame
  const isBrief = gate.only && POLLED.has(service)
  const { status, troubles } = await readHealth(app)
  const isDegraded = status === 'degraded'
  if (isDegraded && troubles.some((row) => row.service === service && row.blame === blame)) seen.add('health')
  else if (!isBrief || !seen.has('health')) return `health: ${status} ${JSON.stringify(troubles)}`
  const event = stage === 'intake' ? undefined : await readEvent(pipeline.ctx.db, advisory)
  const waiting = event ? (await readWhy(app, event.id)).waiting : []
  if (stage === 'intake' || waiting.some((row) => row.service === service)) seen.add('why')
  else if (!isBrief || !seen.has('why')) return 'why'
  const metrics = await (await app.request('/metrics')).text()
  return metrics.includes(`freshwave_service_trouble_seconds{service="${service}"`) ? undefined : 'metrics'
}

async function readHealth(app: SmallWorld['app']) {
  const answer = await app.request('/health/ready')
  return (await answer.json()) as { status: string; troubles: { service: string; blame: string }[] } // documented in the API
}

async function undisturbedOutcome({ small, undisturbed }: Lane, { gate, stage }: Cell): Promise<unknown> {
  const { prepare } = gate
  const subject = subjectOf(stage)
  const key = `${subject} ${prepare ?? ''}`
  if (undisturbed.has(key)) return undisturbed.get(key)
  const advisory = small.addAdvisory(subject)
  const none = armTrouble(
    small.world,
    { stage: 'plan', column: 'distgit', gate: { ...(prepare && { prepare }) } },
    { name: 'none', blame: 'service', fault: { kind: 'slow' } },
  )
  await small.begin(advisory, subject)
  const event = await small.pipeline.untilEnded(advisory, PATIENCE_MS)
  await none.end()
  const outcome = await outcomeOf(small, event)
  undisturbed.set(key, outcome)
  return outcome
}

/** A fault about one thing is an answer: what it concerns ends, with the reason, and nothing is in trouble. */
type Thing = { title: string; fault: FaultRule; reason: RegExp }

const [, middle, top] = IMAGES

const THINGS: readonly Thing[] = [
  {
    title: 'a build that the hub does not know (1000)',
    fault: {
      service: 'koji',
      kind: 'call-fault',
      operation: 'getBuild',
      argument: top,
      code: 1000,
      text: 'No such build',
    },
    reason: /Cannot get data from Koji for build top-container-1-1: No such build/,
  },
  {
    title: 'a submission that the hub refuses (1005)',
    fault: {
      service: 'koji',
      kind: 'call-fault',
      operation: 'buildContainer',
      argument: middle.split('-')[0],
      code: 1005,
      text: 'no',
    },
    reason: /fault 1005: no/,
  },
  {
    title: 'a request of a compose that ODCS refuses (400)',
    fault: { service: 'odcs', kind: 'status', status: 400, operation: 'POST /api/1/composes/' },
    reason: /odcs: POST .* HTTP 400/,
  },
]

describe('what is about the thing itself ends with its reason, at once and without trouble', () => {
  it.concurrent.for(THINGS)('$title', { timeout: 600_000 }, ({ fault, reason }) =>
    inSlot(async () => {
      const lane = idle.pop() ?? { small: await startSmallWorld(), undisturbed: new Map<string, unknown>() }
      const { small } = lane
      const { world, pipeline, app } = small
      const advisory = small.addAdvisory('rpms')
      world.lab.world.faults.push(fault)
      world.ship(advisory)
      const event = await pipeline.untilEnded(advisory, PATIENCE_MS)
      world.lab.world.faults.length = 0
      const failed = event.builds.filter(({ state }) => state === 'FAILED')
      expect(failed.filter(({ stateReason }) => reason.test(stateReason ?? ''))).not.toEqual([])
      expect(event.builds.filter(({ state }) => state !== 'DONE')).toEqual(failed)
      expect(duplicateKeys(world.lab)).toEqual([])
      expect((await readHealth(app)).status).toBe('ready')
      idle.push(lane)
    }),
  )
})
