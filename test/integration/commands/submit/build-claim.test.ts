/** Claiming a try of a build: who may submit it, under which new name, and what a claim that ran out means. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimBuild } from '../../../../src/commands/submit/build-claim.ts'
import { dropClaim } from '../../../../src/db/queries/submit/build-claim.ts'
import { NotReady } from '../../../../src/lib/errors.ts'
import { buildColumn, makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

const LEASE_MS = 60_000
const NOON = new Date('2026-11-21T12:00:00.500Z')
const NOON_S = 1_795_262_400

let ctx: TestContext
let now = NOON
beforeAll(async () => {
  ctx = { ...(await createTestContext()), now: () => now }
})
afterAll(() => ctx.drop())

const claim = (id: number) => claimBuild(ctx, id, LEASE_MS)
const later = (ms: number) => {
  now = new Date(now.getTime() + ms)
}

describe('a build that may be submitted', () => {
  it('gets a new NVR from the first part of its release and the second of the claim', async () => {
    now = NOON
    const id = await makeBuild(ctx, await makeEvent(ctx), { originalNvr: 'python-v3.6-201910221723.5' })
    expect(await claim(id)).toMatchObject({
      rebuiltNvr: `python-v3.6-201910221723.${NOON_S}`,
      uncertainSince: null,
      lostSince: null,
    })
    expect(await buildColumn(ctx, id, 'rebuilt_nvr')).toBe(`python-v3.6-201910221723.${NOON_S}`)
  })

  it('never shares its NVR with another event in the same second', async () => {
    now = NOON
    const nvr = { originalNvr: 'shared-1-2' }
    const [a, b] = [
      await makeBuild(ctx, await makeEvent(ctx), nvr),
      await makeBuild(ctx, await makeEvent(ctx), nvr),
    ]
    expect((await claim(a))?.rebuiltNvr).toBe(`shared-1-2.${NOON_S}`)
    expect((await claim(b))?.rebuiltNvr).toBe(`shared-1-2.${NOON_S + 1}`)
  })

  it('never shares its NVR with those that are claimed at the same moment, of whatever release of the image', async () => {
    now = NOON
    const originals = ['crowded-1-2.5', 'crowded-1-2.6']
    const ids: number[] = []
    for (let n = 0; n < 10; n += 1) {
      const originalNvr = originals[n % originals.length]
      ids.push(await makeBuild(ctx, await makeEvent(ctx), { originalNvr }))
    }
    const claims = await Promise.all(ids.map(claim))
    const expected = ids.map((_id, n) => `crowded-1-2.${NOON_S + n}`)
    expect(claims.map((claimed) => claimed?.rebuiltNvr).sort()).toEqual(expected)
  })

  it('never shares its NVR with an earlier try, in whatever event, in the same second', async () => {
    now = NOON
    const nvr = { originalNvr: 'tried-1-2' }
    const id = await makeBuild(ctx, await makeEvent(ctx), nvr)
    const nvrs: (string | undefined)[] = []
    for (const retryCount of [0, 1, 2]) {
      await ctx.db
        .fork()
        .execute('update artifact_builds set retry_count = ?, submit_claim = null where id = ?', [
          retryCount,
          id,
        ])
      nvrs.push((await claim(id))?.rebuiltNvr)
    }
    nvrs.push((await claim(await makeBuild(ctx, await makeEvent(ctx), nvr)))?.rebuiltNvr)
    expect(nvrs).toEqual([0, 1, 2, 3].map((n) => `tried-1-2.${NOON_S + n}`))
  })

  it('knows the rebuilt NVR of its parent', async () => {
    const event = await makeEvent(ctx)
    const parent = await makeBuild(ctx, event, { state: 'DONE', rebuiltNvr: 'parent-1-1.99' })
    expect(await claim(await makeBuild(ctx, event, { depOn: parent }))).toMatchObject({
      parentRebuiltNvr: 'parent-1-1.99',
    })
  })
})

describe('a claim is not given on', () => {
  it.each(['INITIALIZED', 'COMPLETE', 'FAILED', 'CANCELED'] as const)(
    'a build of an event that is %s',
    async (state) => {
      expect(await claim(await makeBuild(ctx, await makeEvent(ctx, { state })))).toBeUndefined()
    },
  )

  it.each(['BUILD', 'DONE', 'FAILED', 'CANCELED'] as const)('a build that is %s', async (state) => {
    expect(await claim(await makeBuild(ctx, await makeEvent(ctx), { state }))).toBeUndefined()
  })

  it.each(['PLANNED', 'BUILD', 'FAILED'] as const)('a build whose parent is %s', async (state) => {
    const event = await makeEvent(ctx)
    const parent = await makeBuild(ctx, event, { state })
    expect(await claim(await makeBuild(ctx, event, { depOn: parent }))).toBeUndefined()
  })

  it('a build whose next try is not due, with the time when it is', async () => {
    const submitAfter = new Date(now.getTime() + 5000)
    const id = await makeBuild(ctx, await makeEvent(ctx), { submitAfter })
    await expect(claim(id)).rejects.toMatchObject({ name: 'NotReady', retryInMs: 5000 })
    later(5000)
    expect(await claim(id)).toBeDefined()
  })

  it('a build that waits for a compose, until that is done', async () => {
    const id = await makeBuild(ctx, await makeEvent(ctx))
    const em = ctx.db.fork()
    await em.execute('insert into composes (id, odcs_compose_id, state) values (501, 77501, 1)')
    await em.execute('insert into artifact_build_composes (build_id, compose_id) values (?, 501)', [id])
    expect(await claim(id)).toBeUndefined()
    await em.execute('update composes set state = 2 where id = 501')
    expect(await claim(id)).toMatchObject({ composeIds: [77501] })
  })

  it('an id without a build', async () => {
    expect(await claim(2_000_000_000)).toBeUndefined()
  })
})

describe('a claim', () => {
  it('excludes every other worker while it lasts', async () => {
    const id = await makeBuild(ctx, await makeEvent(ctx))
    await claim(id)
    await expect(claim(id)).rejects.toBeInstanceOf(NotReady)
  })

  it('goes to one of many that compete for it', async () => {
    const id = await makeBuild(ctx, await makeEvent(ctx))
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => claim(id)))
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
  })

  it('that ran out, however often, leaves the NVR as it was and records since when the outcome is unknown', async () => {
    const id = await makeBuild(ctx, await makeEvent(ctx))
    // Names have whole seconds, and may be a minute ahead.
    const began = new Date(Math.floor(now.getTime() / 1000) * 1000 - 60_000)
    const first = await claim(id)
    for (let run = 0; run < 3; run += 1) {
      later(LEASE_MS + 1)
      expect(await claim(id)).toMatchObject({ rebuiltNvr: first?.rebuiltNvr, uncertainSince: began })
    }
  })

  it('that was given back leaves nothing uncertain', async () => {
    const id = await makeBuild(ctx, await makeEvent(ctx))
    const first = await claim(id)
    if (first) await dropClaim(ctx.db.fork(), id, first.claim)
    expect(await claim(id)).toMatchObject({ rebuiltNvr: first?.rebuiltNvr, uncertainSince: null })
  })

  it('that has passed to another run can neither be given back nor renewed by the first', async () => {
    const id = await makeBuild(ctx, await makeEvent(ctx))
    const first = await claim(id)
    later(LEASE_MS + 1)
    const second = await claim(id)
    if (first) await dropClaim(ctx.db.fork(), id, first.claim)
    expect(await buildColumn(ctx, id, 'submit_claim')).toBe(second?.claim)
  })

  it('of a later try gets a new NVR and is certain', async () => {
    const id = await makeBuild(ctx, await makeEvent(ctx))
    const first = await claim(id)
    later(LEASE_MS + 1000)
    const next = 'update artifact_builds set retry_count = 1 where id = ?'
    await ctx.db.fork().execute(next, [id])
    const second = await claim(id)
    expect(second?.rebuiltNvr).not.toBe(first?.rebuiltNvr)
    expect(second).toMatchObject({ retryCount: 1, uncertainSince: null })
  })
})

describe('builds that are claimed at the same time', () => {
  /** Makes builds, each in a separate event. */
  const makeBuilds = async (count: number, nvr = (n: number) => `together-1-${n}`) => {
    const ids: number[] = []
    for (let n = 0; n < count; n += 1)
      ids.push(await makeBuild(ctx, await makeEvent(ctx), { originalNvr: nvr(n) }))
    return ids
  }
  const writers = async (ids: number[]) => {
    const sql = 'select distinct xmin::text as transaction from artifact_builds where id in (?)'
    return ctx.db.fork().execute<object[]>(sql, [ids])
  }

  it('are claimed in two transactions', async () => {
    const ids = await makeBuilds(50)
    const claims = await Promise.all(ids.map(claim))
    expect(claims.map((claimed) => claimed?.id)).toEqual(ids)
    expect(await writers(ids)).toHaveLength(2) // that of the first one, and one for those that waited for it
  })

  it('get different names in different processes too', async () => {
    const other = { ...(await createTestContext({ DATABASE_URL: ctx.databaseUrl })), now: () => now }
    const ids = await makeBuilds(24, () => 'everywhere-1-1')
    const claims = await Promise.all(ids.map((id, n) => claimBuild(n % 2 === 0 ? ctx : other, id, LEASE_MS)))
    await other.close()
    expect(new Set(claims.map((claimed) => claimed?.rebuiltNvr)).size).toBe(ids.length)
    expect(await writers(ids)).toHaveLength(4) // two for each process
  })

  it('keep the names of tries that were interrupted', async () => {
    now = NOON
    const [first = 0, interrupted = 0, fresh = 0] = await makeBuilds(3, () => 'resumed-1-1')
    const name = (await claim(interrupted))?.rebuiltNvr
    later(LEASE_MS + 1)
    const claims = await Promise.all([first, interrupted, fresh].map(claim))
    expect(claims[1]).toMatchObject({ rebuiltNvr: name, uncertainSince: expect.any(Date) })
    expect(new Set(claims.map((claimed) => claimed?.rebuiltNvr)).size).toBe(3)
    expect(await writers([interrupted, fresh])).toHaveLength(1)
  })

  it('do not wait for one that another transaction has locked', async () => {
    const ids = await makeBuilds(3)
    const [locked = 0, ...others] = ids
    let waiting: ReturnType<typeof claim> | undefined
    await ctx.db.transaction(async (em) => {
      await em.execute('select 1 from artifact_builds where id = ? for update', [locked])
      waiting = claim(locked)
      const claims = await Promise.all(others.map(claim))
      expect(claims.map((claimed) => claimed?.id)).toEqual(others)
    })
    expect(await waiting).toMatchObject({ id: locked })
  })

  it('are claimed although another one cannot be', async () => {
    const [odd = 0, ...others] = await makeBuilds(3, (n) => (n === 0 ? 'not an NVR' : `beside-1-${n}`))
    const outcomes = await Promise.allSettled([odd, ...others].map(claim))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })
})
