/** Rebuilds by name from the request to the end: on the rebuilt parents, reusing what an earlier event has built, every text of an end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EL8, EL9 } from '../../lab/catalogue/streams.ts'
import { createApp } from '../../src/api/app.ts'
import { consideredByIds } from '../../src/db/queries/records/considered-list.ts'
import { publishingErrors } from '../support/bus/published-states.ts'
import type { EndedEvent } from '../support/database/events.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { type Pipeline, startPipeline } from '../support/pipeline.ts'
import { resumeNow } from '../support/rebuild/resumed-event.ts'
import { smallCatalogue } from '../support/rebuild/small-catalogue.ts'

const catalogue = smallCatalogue([
  { nvr: 'base-container-8-1' },
  { nvr: 'core-container-1-1', from: 'base-container-8-1' },
  { nvr: 'mid-container-1-1', from: 'core-container-1-1' },
  { nvr: 'app-container-1-1', from: 'mid-container-1-1' },
  { nvr: 'tool-container-1-1', from: 'base-container-8-1' },
  { nvr: 'broken-container-1-1', from: 'base-container-8-1' },
  { nvr: 'made-container-8-1', filesystemTaskId: 7 },
  { nvr: 'nine-container-9-1', stream: EL9 },
])
const RULES = `
handler_build_allowlist: {RebuildImagesOnAsyncManualBuild: {image: {dry_run: false}}}
build_retry_delays: [0]
`
let world: TestWorld
let pipeline: Pipeline

beforeAll(async () => {
  const failure = { times: 3, code: 2001, text: 'Image build failed.' }
  world = await startWorld({ catalogue, builder: { failures: { 'broken-container': failure } } })
  pipeline = await startPipeline(world, { file: RULES })
})
afterAll(async () => {
  await pipeline?.stop()
  await world?.stop()
})

type Opened = { id: number; message_id: string; state_name: string; state_reason: string | null }

/** Requests a rebuild over HTTP and waits for the end of its event. */
async function rebuild(images: string[], more: object = {}): Promise<{ opened: Opened; event: EndedEvent }> {
  const body = JSON.stringify({ dist_git_branch: EL8.branch, container_images: images, ...more })
  const response = await createApp(pipeline.ctx).request('/api/2/async-builds/', { method: 'POST', body })
  if (response.status !== 200) throw new Error(await response.text())
  const opened = (await response.json()) as Opened
  return { opened, event: await pipeline.untilEnded(opened.message_id) }
}

/** Options of the task of each build, by the name of its image. */
function tasksOf({ builds }: EndedEvent): Record<string, { target: string; opts: Record<string, unknown> }> {
  return Object.fromEntries(
    builds.flatMap(({ taskId, originalNvr }) => {
      const request = world.lab.world.koji.tasks.get(taskId ?? 0)?.request
      if (!request) return []
      const [, target, opts] = request as [string, string, Record<string, unknown>] // what the service sends
      return [[originalNvr.replace(/-container-.*/, ''), { target, opts }]]
    }),
  )
}

const rebuiltOf = ({ builds }: EndedEvent, name: string) =>
  builds.find(({ originalNvr }) => originalNvr.startsWith(`${name}-container`))?.rebuiltNvr

describe('a rebuild by name', () => {
  let first: EndedEvent

  it('builds the requested images and what is between them, each on the rebuild of its parent', async () => {
    const { opened, event } = await rebuild(['app', 'core-container'], { brew_target: EL9.target })
    first = event
    expect(opened).toMatchObject({
      state_name: 'INITIALIZED',
      message_id: expect.stringMatching(/^async_build_/),
    })
    expect(event).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${opened.message_id}: All 3 container images have been rebuilt.`,
    })
    expect(event.builds.map(({ originalNvr }) => originalNvr)).toEqual([
      'core-container-1-1',
      'mid-container-1-1',
      'app-container-1-1',
    ])
    const tasks = tasksOf(event)
    expect(tasks).toMatchObject({
      core: { target: EL9.target, opts: { koji_parent_build: 'base-container-8-1' } },
      mid: { target: EL9.target, opts: { koji_parent_build: rebuiltOf(event, 'core') } },
      app: { target: EL9.target, opts: { koji_parent_build: rebuiltOf(event, 'mid') } },
    })
    for (const { opts } of Object.values(tasks)) {
      expect(opts).toMatchObject({ git_branch: EL8.branch, isolated: true })
      expect(opts).not.toHaveProperty('compose_ids')
    }
    expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
    const started = world.sent('event.state.changed').find(({ body }) => body.id === event.id)
    expect(started?.body).toMatchObject({ state_reason: 'Rebuilding 3 container images.' })
    const reported = world.bus.received('VirtualTopic.eng.freshmaker.async.manual.build')
    expect(reported.map(({ body }) => JSON.parse(body ?? '{}'))).toMatchObject([
      { msg_id: opened.message_id, container_images: ['app-container', 'core-container'] },
    ])
    const requests = [...world.lab.world.requests.keys()]
    expect(requests.filter((operation) => /^odcs POST/.test(operation))).toEqual([])
  })

  it('reuses what the event it depends on has built', async () => {
    const tasksBefore = hubTasks(world.lab).length
    const { opened, event } = await rebuild(['core', 'mid', 'tool'], { freshmaker_event_id: first.id })
    expect(event).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${opened.message_id}: All 1 container images have been rebuilt.`,
      builds: [{ originalNvr: 'tool-container-1-1' }],
    })
    expect(hubTasks(world.lab)).toHaveLength(tasksBefore + 1)
    const reused = await rebuild(['core', 'app'], { freshmaker_event_id: first.id })
    expect(reused.event).toMatchObject({
      state: 'SKIPPED',
      stateReason: `No container images to rebuild for event with message_id ${reused.opened.message_id}`,
    })
    const sql = 'select id from considered_images where event_id = ? order by nvr'
    const ids = await pipeline.ctx.db.fork().execute<{ id: number }[]>(sql, [reused.event.id])
    const reasons = await consideredByIds(
      pipeline.ctx.db.fork(),
      ids.map(({ id }) => id),
    )
    expect(reasons.map(({ nvr, rule }) => [nvr, rule])).toEqual([
      ['app-container-1-1', 'reused'],
      ['base-container-8-1', 'above-requested'],
      ['core-container-1-1', 'reused'],
      ['mid-container-1-1', 'reused'],
    ])
  })

  it('builds a child on the rebuild that an earlier event has made of its parent', async () => {
    const core = await rebuild(['core'])
    const { event } = await rebuild(['core', 'app'], { freshmaker_event_id: core.event.id })
    expect(event.builds.map(({ originalNvr }) => originalNvr)).toEqual([
      'mid-container-1-1',
      'app-container-1-1',
    ])
    expect(tasksOf(event).mid?.opts.koji_parent_build).toBe(rebuiltOf(core.event, 'core'))
  })
})

describe('a rebuild by name ends', () => {
  it('SKIPPED when the rules do not allow it', async () => {
    const { opened, event } = await rebuild(['app'], { dry_run: true })
    expect(event).toMatchObject({
      state: 'SKIPPED',
      stateReason: `This image rebuild is not allowed by internal policy. message_id: ${opened.message_id}`,
      builds: [],
    })
  })

  it('FAILED when an image was never built from the branch', async () => {
    const { event } = await rebuild(['app', 'core', 'absent'], { dist_git_branch: EL8.branch })
    expect(event).toMatchObject({
      state: 'FAILED',
      stateReason:
        `One or more of the requested image was never built before for the requested branch: ${EL8.branch}. ` +
        "Cannot build it, please change your request. Problematic images are {'absent-container'}",
      builds: [],
    })
  })

  it('FAILED when no image can be built at all', async () => {
    const { event } = await rebuild(['made'])
    expect(event).toMatchObject({
      state: 'FAILED',
      stateReason: 'No container images to rebuild, all are in failed state.',
      builds: [
        {
          state: 'FAILED',
          stateReason:
            'made-container-8 is a base image, but extra image repo for it is not specified in the Freshmaker configuration.',
        },
      ],
    })
  })

  it('COMPLETE with the number of failed builds, which can be resumed', async () => {
    const { opened, event } = await rebuild(['broken', 'tool'])
    expect(event).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${opened.message_id}: 1 of 2 container image(s) failed to rebuild.`,
    })
    await resumeNow(pipeline.ctx, event.id)
    expect(await pipeline.untilEnded(opened.message_id)).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${opened.message_id}: All 1 container images have been rebuilt.`,
      builds: [{ originalNvr: 'broken-container-1-1', state: 'DONE' }],
    })
  })
})
