/** A dry run builds nothing: the real event that comes later builds everything, and its durations are not used for forecasts. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import type { EndedEvent } from '../support/database/events.ts'
import { eventually } from '../support/eventually.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { type Pipeline, startPipeline } from '../support/pipeline.ts'
import { smallCatalogue } from '../support/rebuild/small-catalogue.ts'

/** Its only stream is EL8, in which the images are. */
const ADVISORY = 133001
const BASE = 'base-container-1-1'
const APP = 'app-container-1-1'
let world: TestWorld
let pipeline: Pipeline

beforeAll(async () => {
  world = await startWorld({ catalogue: smallCatalogue([{ nvr: BASE }, { nvr: APP, from: BASE }]) })
  pipeline = await startPipeline(world)
  world.lab.world.bus.silent = true
  world.ship(ADVISORY)
  world.lab.world.bus.silent = false
})
afterAll(async () => {
  await pipeline?.stop()
  await world?.stop()
})

/** Requests a rebuild over HTTP and waits for the end of its event. */
async function rebuild(more: object): Promise<EndedEvent> {
  const body = JSON.stringify({ errata_id: ADVISORY, ...more })
  const answer = await createApp(pipeline.ctx).request('/api/1/builds/', { method: 'POST', body })
  const { id } = (await answer.json()) as { id: number } // documented in the API
  await eventually(
    () => pipeline.untilEnded(ADVISORY),
    (event) => event.id === id,
  )
  return pipeline.untilEnded(ADVISORY)
}

const durations = () => pipeline.ctx.db.fork().execute('select name from build_durations')

it('a dry run counts for dry runs only', async () => {
  const dry = await rebuild({ dry_run: true })
  expect(dry.builds.map(({ state }) => state)).toEqual(['DONE', 'DONE'])
  expect(await durations()).toEqual([])
  expect((await rebuild({ dry_run: true })).state).toBe('SKIPPED')

  const real = await rebuild({ freshmaker_event_id: dry.id })
  expect(real.builds.map(({ originalNvr, state }) => [originalNvr, state])).toEqual([
    [BASE, 'DONE'],
    [APP, 'DONE'],
  ])
  expect(hubTasks(world.lab)).toHaveLength(2)
  expect(await durations()).toHaveLength(2)

  expect((await rebuild({})).state).toBe('SKIPPED')
})
