/**
 * Each service in each kind of trouble in each stage of an event: meanwhile health, metrics and `why` say so, and then
 * the event ends as one that met no trouble, with nothing done twice.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { createSlots } from '../../src/lib/async/slots.ts'
import { readEvent } from '../support/events.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys } from '../support/hub-tasks.ts'
import { publishingErrors } from '../support/published-states.ts'
import { KINDS, type Kind, whyNot } from '../support/trouble/kinds.ts'
import { outcomeOf, readWhy, type SmallWorld, startSmallWorld } from '../support/trouble/small-world.ts'
import { SERVICE_OF, type StageCell, stageCells } from '../support/trouble/stages.ts'
import { type ArmedTrouble, armTrouble } from '../support/trouble/trouble.ts'

/** The trouble lasts until this many requests have met it, and until it is reported. */
const REQUESTS = 2
const PATIENCE_MS = 120_000
const LANES = 4

type Cell = StageCell & { kind: Kind; title: string }

/** By stage, so that tests that run at the same time differ in their stage no more than they must. */
const CELLS: Cell[] = stageCells().flatMap((cell) =>
  KINDS.filter((kind) => whyNot(kind, cell.column, cell.gate) === undefined).map((kind) => ({
    ...cell,
    kind,
    title: `${cell.stage}, ${cell.column}: ${kind.name}`,
  })),
)

/** A world for one event after the other, and what events without trouble come to in it, by their `prepare`. */
type Lane = { small: SmallWorld; undisturbed: Map<string, unknown> }

const idle: Lane[] = []
const inSlot = createSlots(LANES)

afterAll(async () => {
  await Promise.all(idle.map(({ small }) => small.stop()))
})

describe('an event ends as if nothing had been', () => {
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
  const advisory = small.addAdvisory()
  const trouble = armTrouble(world, cell, cell.kind)
  world.ship(advisory)
  await eventually(() => reported(small, cell, advisory, trouble), isEverywhere, PATIENCE_MS)
  await trouble.end()
  const event = await pipeline.untilEnded(advisory, PATIENCE_MS)
  expect(await outcomeOf(small, event)).toEqual(expected)
  expect(duplicateKeys(world.lab)).toEqual([])
  expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
  const status = async () => (await readHealth(app)).status
  await eventually(status, (now) => now === 'ready')
}

type Reported = { met: number; health: boolean; metrics: boolean; why: boolean }

/** Where the trouble of a cell is reported while it lasts; intake has no event yet whose `why` could. */
async function reported(
  { app, pipeline }: SmallWorld,
  { stage, column }: Cell,
  advisory: number,
  trouble: ArmedTrouble,
): Promise<Reported> {
  const service = SERVICE_OF[column]
  const { status, troubles } = await readHealth(app)
  const metrics = await (await app.request('/metrics')).text()
  const event = await readEvent(pipeline.ctx.db, advisory)
  const waiting = event ? (await readWhy(app, event.id)).waiting : []
  return {
    met: trouble.met(),
    health: status === 'degraded' && troubles.some((row) => row.service === service),
    metrics: metrics.includes(`freshwave_service_trouble_seconds{service="${service}"`),
    why: stage === 'intake' || waiting.some((row) => row.service === service && row.reason.includes(service)),
  }
}

async function readHealth(app: SmallWorld['app']) {
  const answer = await app.request('/health/ready')
  return (await answer.json()) as { status: string; troubles: { service: string }[] } // documented in the API
}

function isEverywhere({ met, health, metrics, why }: Reported): boolean {
  return met >= REQUESTS && health && metrics && why
}

async function undisturbedOutcome({ small, undisturbed }: Lane, { gate }: Cell): Promise<unknown> {
  const { prepare } = gate
  if (undisturbed.has(prepare ?? '')) return undisturbed.get(prepare ?? '')
  const advisory = small.addAdvisory()
  const none = armTrouble(
    small.world,
    { stage: 'plan', column: 'distgit', gate: { ...(prepare && { prepare }) } },
    { name: 'none', blame: 'service', fault: { kind: 'slow' } },
  )
  small.world.ship(advisory)
  const event = await small.pipeline.untilEnded(advisory, PATIENCE_MS)
  await none.end()
  const outcome = await outcomeOf(small, event)
  undisturbed.set(prepare ?? '', outcome)
  return outcome
}
