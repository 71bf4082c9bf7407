/** An event that is read only around the builds of facts is judged as the whole event is. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lockEventFacts } from '../../../../src/db/queries/event-facts.ts'
import { eventStateId } from '../../../../src/domain/event.ts'
import { buildStateId } from '../../../../src/domain/rebuild/states.ts'
import type { BuildFacts, EventFacts, Fact } from '../../../../src/domain/rebuild/transition/facts.ts'
import { judgeTogether } from '../../../../src/domain/rebuild/transition/judge-together.ts'
import { scopeOf } from '../../../../src/domain/rebuild/transition/scope.ts'
import { makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'
import { started } from '../../../support/rebuild/arbitrary-facts.ts'
import { afterFacts, build, eventOf, RULES } from '../../../support/rebuild/event-facts.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const RUNS = 200

it('the event is judged alike, whatever its builds and the facts', async () => {
  let partial = 0
  await fc.assert(
    fc.asyncProperty(started, fc.nat(), fc.integer({ min: 1, max: 4 }), async ([plan, facts], n, size) => {
      const at = n % facts.length
      const before = afterFacts(eventOf(plan, { state: 'INITIALIZED' }), ...facts.slice(0, at))
      const { event, first } = await store(before)
      const ends = n % 4 === 0 ? [] : endsOf(before, n)
      const next = [...ends, ...facts.slice(at)].slice(0, size).map((fact) => moved(fact, first))
      const [whole, around] = await ctx.db.transaction(async (em) => [
        await lockEventFacts(em, event),
        await lockEventFacts(em, event, scopeOf(next)),
      ])
      if (!whole || !around) throw new Error('the event was just stored')
      if (around.builds.length < whole.builds.length) partial += 1
      expect(judgeTogether(around, next, RULES)).toEqual(judgeTogether(whole, next, RULES))
    }),
    { numRuns: RUNS },
  )
  expect(partial).toBeGreaterThan(RUNS / 20)
})

it('no more of a large event is read than what is near', async () => {
  const leaves = Array.from({ length: 500 }, (_none, n) => build(n + 3, { depOnId: 2 }))
  const { event, first } = await store(
    eventOf([build(1, { state: 'BUILD', taskId: 7 }), build(2, { depOnId: 1 }), ...leaves]),
  )
  const closed = (ok: boolean) => ({
    kind: 'task-closed' as const,
    buildId: first + 1,
    taskId: 7,
    verification: ok ? { ok } : { ok, text: 'old RPMs' },
  })
  const read = async (fact: Fact) =>
    (await ctx.db.transaction((em) => lockEventFacts(em, event, scopeOf([fact]))))?.builds.length
  expect(await read(closed(true))).toBe(3) // it, its child, and one that is open
  expect(await read(closed(false))).toBe(502)
  expect(await read({ kind: 'recheck' })).toBe(502)
})

let lastId = 1_000_000

/** Stores the event with its builds, which get ids of their own: `first` is what is added to theirs. */
async function store({ state, builds }: EventFacts): Promise<{ event: number; first: number }> {
  const event = await makeEvent(ctx)
  const first = lastId
  lastId += 1000
  const em = ctx.db.fork()
  await em.execute('update events set state = ? where id = ?', [eventStateId(state), event])
  const rows = builds.map((one: BuildFacts) => ({
    id: first + one.id,
    nvr: one.originalNvr,
    state: buildStateId(one.state),
    reason: one.stateReason,
    parent: one.depOnId && first + one.depOnId,
    task: one.taskId,
    tries: one.retryCount,
  }))
  await em.execute(
    `insert into artifact_builds (id, name, original_nvr, type, state, state_reason, dep_on_id, build_id, retry_count, event_id)
     select r.id, 'image', r.nvr, 1, r.state, r.reason, r.parent, r.task, r.tries, ?
       from json_to_recordset(?::json) as r (id int, nvr text, state int, reason text, parent int, task int, tries int)`,
    [event, JSON.stringify(rows)],
  )
  return { event, first }
}

/** A fact for each running build, which all apply. */
function endsOf({ builds }: EventFacts, n: number): Fact[] {
  return builds.flatMap(({ id: buildId, state, taskId }): Fact[] => {
    if (state !== 'BUILD' || taskId === null) return []
    if ((n + buildId) % 3 === 0) return [{ kind: 'task-failed', buildId, taskId, detail: 'broken' }]
    const verification =
      (n + buildId) % 3 === 1 ? { ok: true as const } : { ok: false as const, text: 'old RPMs' }
    return [{ kind: 'task-closed', buildId, taskId, verification }]
  })
}

/** The fact about the stored build. */
function moved(fact: Fact, first: number): Fact {
  return 'buildId' in fact ? { ...fact, buildId: first + fact.buildId } : fact
}
