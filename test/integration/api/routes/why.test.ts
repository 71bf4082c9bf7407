/** `GET /api/2/events/{id}/why`: what each build waits for or what ended it, beside the reasons of the images. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordPolled } from '../../../../src/db/queries/service-troubles.ts'
import { recordWait } from '../../../../src/db/queries/waits.ts'
import { buildText } from '../../../../src/domain/rebuild/texts.ts'
import { type BuildFields, makeBuild, makeEvent } from '../../../factories.ts'
import { startApi, type TestApi } from '../../../support/api/api.ts'
import { faultOfAnswer } from '../../../support/api/document.ts'

const POLLED = new Date('2026-11-28T12:00:00Z')

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.drop())

it('the endpoint names each build with its kind, its sentence, and the ids and times that it is about', async () => {
  const { ctx } = api
  const event = await makeEvent(ctx)
  const build = (fields: BuildFields) => makeBuild(ctx, event, fields)
  const base = await build({ state: 'BUILD', taskId: 41, originalNvr: 'base-1-1' })
  const child = await build({ depOn: base, originalNvr: 'child-1-1' })
  const failed = await build({ state: 'FAILED', originalNvr: 'failed-1-1' })
  const lost = await build({ state: 'FAILED', depOn: failed, originalNvr: 'lost-1-1' })
  const em = ctx.db.fork()
  const reason = 'update artifact_builds set state_reason = ? where id = ?'
  await em.execute(reason, [buildText.dependencyEnded, lost])
  const delayed = await build({ submitAfter: new Date('2126-01-01T00:00:00Z'), originalNvr: 'delayed-1-1' })
  const waiting = await build({ originalNvr: 'waiting-1-1' })
  const cause = { service: 'koji', blame: 'account', detail: 'not allowed' } as const
  await recordWait(em, { jobId: 'submit-x', buildId: waiting }, cause, POLLED)
  await recordPolled(em, 'koji', POLLED)
  const { builds } = await api.json(`/api/2/events/${event}/why`)
  expect(builds).toMatchObject([
    { build_id: base, kind: 'build-system', task: 41, looked_at: '2026-11-28T12:00:00Z', ready_now: false },
    {
      build_id: child,
      name: 'child',
      original_nvr: 'child-1-1',
      state_name: 'PLANNED',
      kind: 'parent',
      parent: { build_id: base, name: 'base', state_name: 'BUILD' },
      sentence: `Waits for its parent base (build ${base}), which is being built.`,
    },
    { build_id: failed, kind: 'failed', ended: null },
    { build_id: lost, kind: 'parent-ended', parent: { build_id: failed, state_name: 'FAILED' } },
    { build_id: delayed, kind: 'delay', try: 1, until: '2126-01-01T00:00:00Z', ready_now: false },
    {
      build_id: waiting,
      kind: 'service',
      service: 'koji',
      blame: 'account',
      detail: 'not allowed',
      since: '2026-11-28T12:00:00Z',
      ready_now: true,
    },
  ])
})

it('the endpoint refuses an unknown outcome rather than answer with an empty list', async () => {
  const event = await makeEvent(api.ctx)
  const { message } = await api.json(`/api/2/events/${event}/why?outcome=rebuilt`, 400)
  expect(message).toBe('Invalid outcome was supplied: rebuilt (one of rebuild, not-rebuilt)')
})

it('the endpoint names the build of one image alone, and no build of another event', async () => {
  const event = await makeEvent(api.ctx)
  const id = await makeBuild(api.ctx, event, { originalNvr: 'one-1-1' })
  await makeBuild(api.ctx, event)
  const { builds } = await api.json(`/api/2/events/${event}/why?image=one-1-1`)
  expect(builds).toMatchObject([{ build_id: id, kind: 'queue', ready_now: true }])
})

it('the endpoint answers as documented, also about an image without compared values or a build', async () => {
  const { ctx } = api
  const event = await makeEvent(ctx)
  await makeBuild(ctx, event, { originalNvr: 'built-1-1' })
  const reason = `insert into considered_images (event_id, nvr, outcome, rule, reason, details) values (?, ?, ?, 'r', 's', ?)`
  const em = ctx.db.fork()
  await em.execute(reason, [event, 'built-1-1', 'rebuild', '{"a": 1}'])
  await em.execute(reason, [event, 'left-1-1', 'not-rebuilt', null])
  const path = `/api/2/events/${event}/why`
  const response = await api.request(path)
  const answer = { status: response.status, headers: response.headers, text: await response.text() }
  expect(JSON.parse(answer.text)).toMatchObject({
    items: [
      { details: { a: 1 }, build: { state_name: 'PLANNED' } },
      { details: null, build: null },
    ],
    resumes: null,
  })
  expect(faultOfAnswer(await api.json('/openapi.json'), 'get', path, answer)).toBeNull()
})
