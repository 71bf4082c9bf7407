/** Resuming an event on rows alone: what the new event is, what it depends on, and every refusal. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { discoverImages } from '../../../src/commands/discover/discover-images.ts'
import type { Resumed } from '../../../src/commands/resume-event.ts'
import { lockAdvisoryEvent } from '../../../src/db/queries/events.ts'
import {
  dependencyKeys,
  rebuiltByDependencies,
  rebuiltForAdvisory,
} from '../../../src/db/queries/planning/event-dependencies.ts'
import { minEventById } from '../../../src/db/queries/records/event-rows.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { startApi, type TestApi } from '../../support/api/api.ts'
import type { TestContext } from '../../support/context.ts'
import { resume } from '../../support/rebuild/resumed-event.ts'

let api: TestApi
let ctx: TestContext
let searchKey = ''
beforeAll(async () => {
  api = await startApi()
  ctx = api.ctx
})
afterAll(() => api.drop())
beforeEach(() => {
  searchKey = String(Number(searchKey || '9000') + 1)
})

const ended = (over: Parameters<typeof makeEvent>[1] = {}) =>
  makeEvent(ctx, { state: 'FAILED', searchKey, ...over })
const end = (eventId: number) => ctx.db.fork().execute('update events set state = 3 where id = ?', [eventId])

async function refusal(answer: Promise<Resumed>) {
  const resumed = await answer
  return 'refused' in resumed ? resumed.refused : undefined
}

async function opened(answer: Promise<Resumed>) {
  const resumed = await answer
  if ('refused' in resumed) throw new Error(resumed.refused.text)
  return resumed
}

describe('a new event that resumes another', () => {
  it('is of the same kind, with a message id, a requester and a reason of its own', async () => {
    const eventTypeId = EVENT_TYPES.ManualRebuildWithAdvisoryEvent
    const old = await ended({ eventTypeId, dryRun: true })
    await ctx.db
      .fork()
      .execute(
        `update events set requester_metadata = '{"skip_rebuilt": false}', requester = 'bob' where id = ?`,
        [old],
      )
    const failed = await makeBuild(ctx, old, { state: 'FAILED' })
    const done = await makeBuild(ctx, old, { state: 'DONE', rebuiltNvr: `done-${old}-1-1.1` })
    const request = { requester: 'alice', reason: 'the disk was full' }
    const { eventId, messageId, builds } = await opened(resume(ctx, old, request))
    expect(builds).toEqual([failed])
    expect(builds).not.toContain(done)
    expect(await minEventById(ctx.db.fork(), eventId)).toMatchObject({
      messageId,
      searchKey,
      eventTypeId,
      state: 0,
      stateReason: `Resumes event ${old}: 1 build is planned again. Requested by alice. Reason: the disk was full`,
      dryRun: true,
      requester: 'alice',
      requesterMetadata: '{"skip_rebuilt": false}',
      dependsOnEvents: [old],
      timeDone: null,
    })
    expect(messageId).toBe(`resume-${old}-1`)
    expect(await ctx.queues.byName.discover.getJob(`discover-${eventId}`)).toBeDefined()
    await end(eventId)
    expect(await opened(resume(ctx, old))).toMatchObject({ messageId: `resume-${old}-2` })
  })

  it('goes where the builds of an imported request went, which has no branch of its own', async () => {
    const eventTypeId = EVENT_TYPES.FreshmakerAsyncManualBuildEvent
    const [without, args] = [{ branch: null }, { branch: 'rhel-8.9', target: 'rhel-8-candidate' }]
    const goesTo = async (over: { distGitBranch?: string }) => {
      const old = await ended({ eventTypeId, ...over })
      await makeBuild(ctx, old, { state: 'FAILED', originalNvr: `first-${old}-1-1`, args: without })
      await makeBuild(ctx, old, { state: 'FAILED', originalNvr: `second-${old}-1-1`, args })
      const { eventId } = await opened(resume(ctx, old))
      await end(eventId)
      const sql = 'select dist_git_branch, brew_target from events where id = ?'
      return (await ctx.db.fork().execute<object[]>(sql, [eventId]))[0]
    }
    expect(await goesTo({})).toEqual({ dist_git_branch: 'rhel-8.9', brew_target: 'rhel-8-candidate' })
    expect(await goesTo({ distGitBranch: 'main' })).toEqual({ dist_git_branch: 'main', brew_target: null })
  })

  it('also uses what the events have rebuilt that the old one depends on', async () => {
    const first = await ended({ state: 'COMPLETE' })
    await makeBuild(ctx, first, {
      state: 'DONE',
      originalNvr: `base-${first}-1-1`,
      rebuiltNvr: `base-${first}-1-1.5`,
    })
    await makeBuild(ctx, first, { state: 'FAILED', originalNvr: `app-${first}-1-1` })
    const second = await opened(resume(ctx, first))
    await makeBuild(ctx, second.eventId, { state: 'FAILED', originalNvr: `app-${first}-1-1` })
    await end(second.eventId)
    const third = await opened(resume(ctx, second.eventId))
    const em = ctx.db.fork()
    expect(await minEventById(em, third.eventId)).toMatchObject({ dependsOnEvents: [second.eventId, first] })
    expect(await rebuiltByDependencies(em, { id: third.eventId, dryRun: false })).toEqual(
      new Map([[`base-${first}-1-1`, `base-${first}-1-1.5`]]),
    )
    expect(await dependencyKeys(em, third.eventId)).toEqual([searchKey, searchKey])
  })

  it('leaves out what a later event of the advisory has rebuilt, and builds on that', async () => {
    const old = await ended()
    const originalNvr = `base-${old}-1-1`
    const base = await makeBuild(ctx, old, { state: 'FAILED', originalNvr })
    const app = await makeBuild(ctx, old, { state: 'FAILED', depOn: base })
    const later = await ended({ state: 'COMPLETE' })
    await makeBuild(ctx, later, { state: 'DONE', originalNvr, rebuiltNvr: `${originalNvr}.7` })
    const { eventId, builds } = await opened(resume(ctx, old))
    expect(builds).toEqual([app])
    const em = ctx.db.fork()
    expect(await rebuiltByDependencies(em, { id: eventId, dryRun: false })).toEqual(
      new Map([[originalNvr, `${originalNvr}.7`]]),
    )
    expect((await minEventById(em, eventId))?.dependsOnEvents).toEqual([old, later])
  })

  it('does not count what dry runs or other advisories have rebuilt', async () => {
    const old = await ended()
    const originalNvr = `base-${old}-1-1`
    const base = await makeBuild(ctx, old, { state: 'FAILED', originalNvr })
    const dry = await ended({ state: 'COMPLETE', dryRun: true })
    await makeBuild(ctx, dry, { state: 'DONE', originalNvr, rebuiltNvr: `${originalNvr}.7` })
    // As the setting DRY_RUN leaves them in an event that is not a dry run itself, here or in Freshmaker.
    const real = await ended({ state: 'COMPLETE' })
    await makeBuild(ctx, real, { state: 'DONE', originalNvr, rebuiltNvr: `${originalNvr}.9`, taskId: -5 })
    const other = await ended({ state: 'COMPLETE', searchKey: `${searchKey}00` })
    await makeBuild(ctx, other, { state: 'DONE', originalNvr, rebuiltNvr: `${originalNvr}.8` })
    expect((await opened(resume(ctx, old))).builds).toEqual([base])
  })

  it('builds again what a setting made a dry run in a real event', async () => {
    const old = await ended({ state: 'COMPLETE' })
    const dry = await makeBuild(ctx, old, { state: 'DONE', taskId: -7 })
    await makeBuild(ctx, old, { state: 'DONE', taskId: 70_001 })
    expect((await opened(resume(ctx, old))).builds).toEqual([dry])
  })

  it('does not count builds with tasks of dry runs as rebuilt, also those of real events', async () => {
    const old = await ended({ state: 'COMPLETE' })
    const done = { state: 'DONE', originalNvr: `base-${old}-1-1`, rebuiltNvr: `base-${old}-1-1.7` } as const
    await makeBuild(ctx, old, { ...done, taskId: -5 })
    await makeBuild(ctx, old, { state: 'FAILED' })
    const { eventId } = await opened(resume(ctx, old))
    const em = ctx.db.fork()
    expect(await rebuiltByDependencies(em, { id: eventId, dryRun: false })).toEqual(new Map())
    expect(await rebuiltForAdvisory(em, { searchKey })).toEqual(new Map())
    expect([...(await rebuiltForAdvisory(em, { searchKey, dryRun: true })).keys()]).toEqual([
      done.originalNvr,
    ])
  })

  it('keeps messages about its advisory from opening another event', async () => {
    const { eventId } = await opened(resume(ctx, await ended()))
    const message = {
      messageId: `m-${searchKey}`,
      searchKey,
      eventTypeId: EVENT_TYPES.ErrataAdvisoryStateChangedEvent,
      dryRun: false,
    }
    expect(await ctx.db.transaction((em) => lockAdvisoryEvent(em, message))).toEqual({ open: eventId })
  })

  it('fails with a clear reason when it has to be discovered and nothing here handles its type', async () => {
    const old = await ended({ eventTypeId: EVENT_TYPES.BrewSignRPMEvent })
    const { eventId, builds } = await opened(resume(ctx, old))
    expect(builds).toEqual([])
    await expect(discoverImages(ctx, eventId)).rejects.toThrow('no handler here handles events of type 7')
  })
})

describe('no event is opened', () => {
  it.for([2_147_483_647, 99_999_999_999])('for event %d, which does not exist', async (eventId) => {
    const text = `Event ${eventId} does not exist.`
    expect(await refusal(resume(ctx, eventId))).toEqual({ kind: 'unknown-event', text })
  })

  it('for one that has not ended', async () => {
    expect(await refusal(resume(ctx, await ended({ state: 'BUILDING' })))).toMatchObject({
      kind: 'not-ended',
    })
  })

  it('while another event of the advisory is open, by whatever it was opened', async () => {
    const old = await ended()
    await makeBuild(ctx, old, { state: 'FAILED' })
    const other = await ended({ state: 'BUILDING' })
    // It builds on what the old one has built, but does not resume it.
    const depend = 'insert into event_dependencies (event_id, event_dependency_id) values (?, ?)'
    await ctx.db.fork().execute(depend, [other, old])
    expect(await refusal(resume(ctx, old))).toEqual({
      kind: 'open',
      text: `Advisory ${searchKey} is being handled by event ${other}, which has to end first.`,
      eventId: other,
    })
  })

  it('twice for ten calls at the same time', async () => {
    // Ten connections are open before the calls begin: else those that wait for one come after each other.
    const connect = () => ctx.db.transaction((em) => em.execute('select pg_sleep(0.1)'))
    await Promise.all(Array.from({ length: 10 }, connect))
    const old = await ended()
    await makeBuild(ctx, old, { state: 'FAILED' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => resume(ctx, old)))
    const [first, ...more] = answers.flatMap((answer) => ('eventId' in answer ? [answer.eventId] : []))
    expect(more).toEqual([])
    const ids = answers.flatMap((answer) => ('refused' in answer ? [answer.refused.eventId] : []))
    expect(ids).toEqual(Array(9).fill(first))
  })

  it('for builds of another event, or for one that is DONE', async () => {
    const [old, other] = [await ended(), await ended()]
    const done = await makeBuild(ctx, old, { state: 'DONE', rebuiltNvr: `x-${old}-1-1.1` })
    const foreign = await makeBuild(ctx, other, { state: 'FAILED' })
    const named = (buildIds: number[]) => refusal(resume(ctx, old, { buildIds }))
    expect(await named([foreign])).toMatchObject({ kind: 'unknown-build' })
    expect(await named([done])).toMatchObject({ kind: 'build-done' })
  })

  it('when everything is DONE', async () => {
    const old = await ended({ state: 'COMPLETE' })
    await makeBuild(ctx, old, { state: 'DONE', rebuiltNvr: `y-${old}-1-1.1` })
    expect(await refusal(resume(ctx, old))).toMatchObject({ kind: 'nothing-left' })
  })
})

describe('why', () => {
  it('names the event that an event resumes, and those that resume it', async () => {
    const old = await ended()
    const failed = await makeBuild(ctx, old, { state: 'FAILED' })
    const { eventId } = await opened(resume(ctx, old, { reason: 'disk full' }))
    const why = (id: number) => api.json(`/api/2/events/${id}/why`)
    expect(await why(eventId)).toMatchObject({
      resumes: { event_id: old, builds: [failed], reason: 'disk full' },
      resumed_by: [],
    })
    expect(await why(old)).toMatchObject({ resumes: null, resumed_by: [eventId] })
  })
})
