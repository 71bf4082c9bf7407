/** A dry run goes through the whole pipeline without sending any request that changes something. */
import { expect, it } from 'vitest'
import { publishingErrors } from '../support/bus/published-states.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 12
/** Reads, and the calls of a login; anything else could change the build system. */
const READ_ONLY = /^(get|list|login$|sslLogin$|logout$|multiCall$)/

it('completes an event in a dry run with read-only requests', async () => {
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

  // Searches in Pulp are POST requests.
  const { kojiCalls, requests } = world.lab.world
  expect([...kojiCalls.keys()].filter((method) => !READ_ONLY.test(method))).toEqual([])
  expect(
    [...requests.keys()].filter((operation) =>
      /^(odcs|errata|pulp) (POST|PATCH|PUT|DELETE) (?!.*\/search\/)/.test(operation),
    ),
  ).toEqual([])
  expect(hubTasks(world.lab)).toEqual([])

  expect(await publishingErrors(world, pipeline.ctx.db, event)).toEqual([])
})
