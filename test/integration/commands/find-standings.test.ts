/** Checks what builds wait for: it agrees with what the sweep puts into its queue, on random events, and costs few statements. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findStandings } from '../../../src/commands/find-standings.ts'
import { claimBuild } from '../../../src/commands/submit/build-claim.ts'
import { dueBuilds } from '../../../src/db/queries/due-work.ts'
import { dropClaim } from '../../../src/db/queries/submit/build-claim.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { eventModel, NOW, storeModel } from '../../support/rebuild/random-builds.ts'
import { checkAllExplained, readStandings } from '../../support/rebuild/standings.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = { ...(await createTestContext()), now: () => NOW }
})
afterAll(() => ctx.drop())

const sorted = (ids: Iterable<number>) => [...ids].sort((left, right) => left - right)

describe('the standing of a build', () => {
  it('is "ready now" exactly for those that the sweep puts into the queue, and every build has one', async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(eventModel, async (model) => {
        const { event, ids } = await storeModel(ctx, model)
        await checkAllExplained(ctx, event)
        const standings = await readStandings(ctx, event)
        expect(sorted(standings.keys())).toEqual(ids)
        const due = new Set((await dueBuilds(ctx.db.fork(), NOW)).map(({ id }) => id))
        const ready = [...standings].filter(([, { isReady }]) => isReady).map(([id]) => id)
        expect(sorted(ready)).toEqual(ids.filter((id) => due.has(id)))
        found += ready.length
      }),
      { numRuns: 150 },
    )
    expect(found).toBeGreaterThan(0)
  })

  it('is "slot" exactly for those that could be submitted and are refused for lack of room', async () => {
    const outcomes = new Set<string>()
    for (const limit of [0, 1, 2, 3, 4]) {
      const limited = await createTestContext(
        {},
        `max_tasks_in_flight: ${limit}\nmax_tasks_in_flight_per_target: 2`,
      )
      const event = await makeEvent(limited)
      const build = (target: string, taskId?: number) =>
        makeBuild(limited, event, { args: { target }, ...(taskId && { state: 'BUILD', taskId }) })
      await build('el8', 1)
      await build('el8', 2)
      await build('el9', 3)
      for (const id of [await build('el8'), await build('el9')]) {
        const standing = (await readStandings(limited, event)).get(id)
        const claimed = await claimBuild(limited, id, 60_000)
        if (claimed) await dropClaim(limited.db.fork(), id, claimed.claim)
        expect(standing).toMatchObject({ kind: claimed ? 'queue' : 'slot', isReady: true })
        outcomes.add(JSON.stringify(standing))
      }
      await limited.drop()
    }
    expect([...outcomes].join('\n')).toContain('"inUse":2,"limit":2,"target":"el8"')
    expect([...outcomes].join('\n')).toContain('"inUse":3,"limit":2,"target":null')
  })

  it('of the builds that need a compose is the trouble that the requests for composes wait for', async () => {
    const event = await makeEvent(ctx)
    const [id, independent] = [await makeBuild(ctx, event), await makeBuild(ctx, event)]
    const em = ctx.db.fork()
    const insert = `insert into compose_requests (event_id, key, need) values (?, 'key', '{}') returning id`
    const [request] = await em.execute<{ id: number }[]>(insert, [event])
    await em.execute('insert into build_compose_requests (build_id, request_id) values (?, ?)', [
      id,
      request?.id,
    ])
    const wait = `insert into waits (job_id, event_id, service, blame, detail, since, next_at, attempts)
      values ('plan', ?, 'odcs', 'service', 'HTTP 503', ?, ?, 1)`
    await em.execute(wait, [event, NOW, NOW])
    const standings = await readStandings(ctx, event)
    expect(standings.get(id)).toMatchObject({ kind: 'service', service: 'odcs', isReady: false })
    expect(standings.get(independent)?.kind).not.toBe('service')
  })

  it('takes as many statements for 5,000 builds as for one', async () => {
    const statements = async (builds: number) => {
      const event = await makeEvent(ctx)
      const first = await makeBuild(ctx, event)
      await ctx.db.fork().execute(
        `insert into artifact_builds (name, original_nvr, type, state, event_id, dep_on_id, time_submitted)
         select 'image', 'image-' || n || '-1', 1, 4, ?, ?, now() from generate_series(2, ?) n`,
        [event, first, builds],
      )
      let count = 0
      const counting = {
        ...ctx,
        db: {
          ...ctx.db,
          fork: () => {
            const em = ctx.db.fork()
            const { execute } = em
            return Object.assign(em, {
              execute: (...given: unknown[]) => {
                count += 1
                return Reflect.apply(execute, em, given)
              },
            })
          },
        },
      }
      expect(await findStandings(counting, event, { nvr: undefined, waits: [] })).toHaveLength(builds)
      return count
    }
    const few = await statements(1)
    expect(few).toBeGreaterThan(2)
    expect(await statements(5000)).toBe(few)
  })
})
