/** Composes are requested once, also when the answer of ODCS cannot be read, and never without end. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Lab, startLab } from '../../../../lab/start.ts'
import { requestComposes } from '../../../../src/commands/plan/request-composes.ts'
import { eventsToPlan } from '../../../../src/db/queries/due-work.ts'
import { writeComposeRequests } from '../../../../src/db/queries/planning/compose-requests.ts'
import { serviceTroubles } from '../../../../src/db/queries/service-troubles.ts'
import type { ComposeNeed } from '../../../../src/domain/rebuild/plan/compose-needs.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { NotReady, NotVerifiable, ServiceInTrouble, UpstreamError } from '../../../../src/lib/errors.ts'
import { createPlan } from '../../../../workers/plan.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { giveWay } from '../../../support/database/give-way.ts'
import { ODD_VALUES } from '../../../support/lab/mutants.ts'

const POST = 'POST /api/1/composes/'
const LIST = 'GET /api/1/composes/'
const START = new Date('2026-11-27T12:00:00Z')
const NEED: ComposeNeed = {
  type: 'pulp',
  source: 'rpms-a rpms-b',
  packages: [],
  builds: [],
  sigkeys: [],
  flags: ['use_only_compatible_arch'],
  arches: [],
}

let lab: Lab
let ctx: TestContext
let now = START
beforeAll(async () => {
  lab = await startLab()
  const settings = 'request_attempts: 1\nverify_patience_s: 60\ntrouble_patience_s: 600'
  ctx = { ...(await createTestContext(lab.urls, settings)), now: () => now }
})
beforeEach(() => {
  now = START
  lab.world.mutate = null
  lab.world.faults.length = 0
  return () => ctx.db.fork().execute('delete from service_troubles; delete from events')
})
afterAll(async () => {
  await ctx.drop()
  await lab.stop()
})

/** A running event with a build that needs a compose. */
async function eventInNeed(): Promise<{ event: number; build: number }> {
  const event = await makeEvent(ctx, { state: 'BUILDING', timeCreated: START })
  return { event, build: await addInNeed(event, 'needy-1-1', NEED) }
}
/** Adds a build that needs a compose to an event. */
async function addInNeed(event: number, nvr: string, need: ComposeNeed): Promise<number> {
  const build = await makeBuild(ctx, event, { originalNvr: nvr })
  await writeComposeRequests(ctx.db.fork(), event, [{ nvr, need }])
  return build
}
/** Replaces the answers of an operation; a function gets the correct one. */
function answer(changes: Record<string, (json: Record<string, unknown>) => unknown>): void {
  lab.world.mutate = (service, operation, json) => {
    const change = service === 'odcs' ? changes[operation] : undefined
    return change ? change(json as Record<string, unknown>) : json // ODCS answers with objects
  }
}
const composesOf = async (build: number) => {
  const sql = `select c.odcs_compose_id as id, c.state from composes c
    join artifact_build_composes l on l.compose_id = c.id where l.build_id = ?`
  return ctx.db.fork().execute<{ id: number; state: number }[]>(sql, [build])
}
const requested = () => lab.world.odcs.nextId
const due = () => eventsToPlan(ctx.db.fork(), new Date(now.getTime() + 1000))

describe('an answer to a request that cannot be read', () => {
  it.each(ODD_VALUES.map((value) => [JSON.stringify(value), value]))(
    '(id %s) is made up for by the compose itself, which ODCS lists',
    async (_title, value) => {
      const { event, build } = await eventInNeed()
      const id = requested()
      answer({ [POST]: (json) => ({ ...json, id: value === 7 ? -7 : value }) })
      await requestComposes(ctx, event)
      expect(await composesOf(build)).toMatchObject([{ id }])
      expect(requested()).toBe(id + 1)
      expect(await due()).toEqual([])
    },
  )

  it.each(ODD_VALUES.filter((value) => value !== 7).map((value) => [JSON.stringify(value), value]))(
    '(state %s) is one of a compose in the making, at which the next poll will look',
    async (_title, value) => {
      const { event, build } = await eventInNeed()
      const id = requested()
      answer({ [POST]: (json) => ({ ...json, state: value }), [LIST]: () => ({ items: null }) })
      await requestComposes(ctx, event)
      expect(await composesOf(build)).toEqual([{ id, state: 0 }])
    },
  )

  it('does not become a compose of other content, nor an older one', async () => {
    const { event, build } = await eventInNeed()
    const [older] = lab.world.odcs.composes.values()
    const spoil = (json: Record<string, unknown>) => ({
      ...json,
      items: (json['items'] as Record<string, unknown>[]).map((item) =>
        item['id'] === older?.id ? { ...item, source: NEED.source } : { ...item, source: 'other' },
      ),
    })
    answer({ [POST]: () => ({}), [LIST]: spoil })
    await expect(requestComposes(ctx, event)).rejects.toBeInstanceOf(NotVerifiable)
    expect(await composesOf(build)).toEqual([])
  })

  it('does not hold up the other requests of the event, whose builds go on when its own end', async () => {
    const { event, build } = await eventInNeed()
    const other = await addInNeed(event, 'other-1-1', { ...NEED, source: 'rpms-c' })
    answer({
      [POST]: (json) => (json['source'] === 'rpms-c' ? json : []),
      [LIST]: () => ({ items: null }),
    })
    const run = () =>
      attempt(ctx, { queue: 'plan', worker: createPlan(), payload: { eventId: event }, isLast: true })
    await expect(run()).rejects.toBeInstanceOf(NotReady)
    expect(await composesOf(other)).toHaveLength(1)
    expect(await composesOf(build)).toEqual([])
    now = new Date(START.getTime() + 60_000)
    await run()
    expect(await buildColumn(ctx, build, 'state')).toBe(BUILD_STATES.FAILED)
    expect(await buildColumn(ctx, other, 'state')).toBe(BUILD_STATES.PLANNED)
  })

  it('ends its builds when the compose cannot be found in time, and nothing is requested any more', async () => {
    const { event, build } = await eventInNeed()
    answer({ [POST]: () => [], [LIST]: () => ({ items: null }) })
    const run = () =>
      attempt(ctx, { queue: 'plan', worker: createPlan(), payload: { eventId: event }, isLast: true })
    await expect(run()).rejects.toBeInstanceOf(NotReady)
    expect(await due()).toEqual([event])
    now = new Date(START.getTime() + 60_000)
    await run()
    expect(await buildColumn(ctx, build, 'state')).toBe(BUILD_STATES.FAILED)
    expect(await buildColumn(ctx, build, 'state_reason')).toMatch(
      /^Handling of build failed with traceback: odcs: POST .*unexpected answer.*\(waited 1 min 0 s\)$/,
    )
    const before = requested()
    expect(await due()).toEqual([])
    await requestComposes(ctx, event)
    expect(requested()).toBe(before)
  })
})

describe('a compose that was requested before', () => {
  /** Requests a compose, and loses the database connection before it is stored. */
  async function requestWithoutCommit(event: number): Promise<void> {
    const odcs = ctx.clients.odcs
    if (!odcs) throw new Error('there is no ODCS')
    const kill = `select pg_terminate_backend(pid, 60000) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`
    const requestCompose: typeof odcs.requestCompose = async (...args) => {
      const made = await odcs.requestCompose(...args)
      await ctx.db.fork().execute(kill)
      return made
    }
    const clients = { ...ctx.clients, odcs: { ...odcs, requestCompose } }
    await expect(requestComposes({ ...ctx, clients }, event)).rejects.toThrow()
  }

  it('is found by the next run when its own could not store it, also behind those of others', async () => {
    const { event, build } = await eventInNeed()
    const id = requested()
    await requestWithoutCommit(event)
    expect(requested()).toBe(id + 1)
    expect(await composesOf(build)).toEqual([])
    const made = lab.world.odcs.composes.get(id)
    for (let other = 0; other < 120 && made; other += 1) {
      const otherId = lab.world.odcs.nextId++
      lab.world.odcs.composes.set(otherId, { ...made, id: otherId, source: 'rpms-z' })
    }
    const before = requested()
    await requestComposes(ctx, event)
    expect(await composesOf(build)).toMatchObject([{ id }])
    expect(requested()).toBe(before)
  })

  it('is not requested again by the run that could not store it because another transaction went first', async () => {
    const { event, build } = await eventInNeed()
    const id = requested()
    await giveWay(ctx.db, { table: 'artifact_build_composes', change: 'insert' })
    await expect(requestComposes(ctx, event)).rejects.toMatchObject({ code: '40P01' })
    await requestComposes(ctx, event)
    expect(await composesOf(build)).toMatchObject([{ id }])
    expect(requested()).toBe(id + 1)
  })

  it.each(['failed', 'removed'] as const)('is requested again when it has %s meanwhile', async (state) => {
    const { event, build } = await eventInNeed()
    const id = requested()
    await requestWithoutCommit(event)
    const made = lab.world.odcs.composes.get(id)
    if (made) lab.world.odcs.composes.set(id, { ...made, state })
    await requestComposes(ctx, event)
    expect(await composesOf(build)).toMatchObject([{ id: id + 1 }])
  })

  it('is requested once when two runs request it together', async () => {
    const { event, build } = await eventInNeed()
    const id = requested()
    await Promise.all([requestComposes(ctx, event), requestComposes(ctx, event)])
    expect(await composesOf(build)).toMatchObject([{ id }])
    expect(requested()).toBe(id + 1)
  })
})

describe('trouble of ODCS', () => {
  it('ends the builds that wait for a compose when the patience is over', async () => {
    const { event, build } = await eventInNeed()
    lab.world.faults.push({ service: 'odcs', kind: 'status', status: 503 })
    const run = () =>
      attempt(ctx, { queue: 'plan', worker: createPlan(), payload: { eventId: event }, isLast: true })
    await expect(run()).rejects.toBeInstanceOf(NotReady)
    now = new Date(START.getTime() + 600_000)
    await run()
    expect(await buildColumn(ctx, build, 'state')).toBe(BUILD_STATES.FAILED)
    expect(await due()).toEqual([])
  })

  it('that is known keeps requests from it, but for one that looks whether it is over', async () => {
    const [first, second, third] = [await eventInNeed(), await eventInNeed(), await eventInNeed()]
    lab.world.faults.push({ service: 'odcs', kind: 'status', status: 503 })
    for (const { event } of [first, second])
      await expect(requestComposes(ctx, event)).rejects.toBeInstanceOf(UpstreamError)
    lab.world.requests.clear()
    await expect(requestComposes(ctx, third.event)).rejects.toBeInstanceOf(ServiceInTrouble)
    expect([...lab.world.requests]).toEqual([])
    lab.world.faults.length = 0
    now = new Date(START.getTime() + 60_000)
    for (const { event } of [third, second, first]) await requestComposes(ctx, event)
    expect(await due()).toEqual([])
    expect(await serviceTroubles(ctx.db.fork())).toEqual([])
  })
})

it('a request that ODCS refused is not sent again while other builds of the event go on', async () => {
  const { event, build } = await eventInNeed()
  await makeBuild(ctx, event, { originalNvr: 'other-1-1' })
  lab.world.faults.push({ service: 'odcs', operation: POST, kind: 'status', status: 400 })
  await requestComposes(ctx, event)
  expect(await buildColumn(ctx, build, 'state')).toBe(BUILD_STATES.FAILED)
  lab.world.requests.clear()
  expect(await due()).toEqual([])
  await requestComposes(ctx, event)
  expect([...lab.world.requests]).toEqual([])
})
