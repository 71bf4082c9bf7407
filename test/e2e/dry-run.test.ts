/** A dry run goes through the whole pipeline, and nothing that changes anything leaves it. */
import { expect, it } from 'vitest'
import { ADVISORY, affectedImages } from '../support/affected-images.ts'
import { hubTasks } from '../support/hub-tasks.ts'
import { publishingErrors } from '../support/published-states.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 12
/** Reads, and what a login is made of; anything else could change the build system. */
const HARMLESS = /^(get|list|login$|sslLogin$|logout$|multiCall$)/

it('completes an event in a dry run without asking anybody for anything but facts', async () => {
  const { world, pipeline } = await runningPipeline(
    { catalogue: affectedImages(IMAGES) },
    { env: { DRY_RUN: '1' } },
  )
  world.ship(ADVISORY)
  const event = await pipeline.untilEnded(ADVISORY)

  expect(event).toMatchObject({
    state: 'COMPLETE',
    stateReason: `Advisory ${ADVISORY}: All ${IMAGES} container images have been rebuilt.`,
  })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  const taskIds = event.builds.map(({ taskId }) => taskId ?? 0).sort((a, b) => b - a)
  expect(taskIds).toEqual(Array.from({ length: IMAGES }, (_none, index) => -2 - index))
  expect(event.builds.every(({ rebuiltNvr }) => rebuiltNvr !== null)).toBe(true)

  // Searching is done by POST with Pulp.
  const { kojiCalls, requests } = world.lab.world
  expect([...kojiCalls.keys()].filter((method) => !HARMLESS.test(method))).toEqual([])
  expect(
    [...requests.keys()].filter((what) =>
      /^(odcs|errata|pulp) (POST|PATCH|PUT|DELETE) (?!.*\/search\/)/.test(what),
    ),
  ).toEqual([])
  expect(hubTasks(world.lab)).toEqual([])

  expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
})
