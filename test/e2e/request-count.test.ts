/** A large event queries services in bulk: the number of requests does not grow with the number of images. */
import { expect, it } from 'vitest'
import type { CatalogueEntry } from '../../lab/catalogue/entry.ts'
import { generateCatalogue } from '../../lab/catalogue/generate.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import { ADVISORY } from '../support/rebuild/affected-images.ts'
import { ownRedis, runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 1000
const MAX_REQUESTS = 300
/** The request rate, below the default: requests grow with the time that the event takes, and a busy machine takes long. The bench uses the default. */
const PER_SECOND = 1
const PATIENCE_MS = 560_000

it(`an event needs fewer than ${MAX_REQUESTS} requests for ${IMAGES} images`, async () => {
  const catalogue = generateCatalogue({ images: IMAGES, depth: 4, rpmNames: 200, seed: 1, affectedShare: 1 })
  const entries = catalogue.images as CatalogueEntry[] // as made by the generator
  const expected = entries.filter(({ expect: outcome }) => outcome !== 'left').length
  const { world, pipeline } = await runningPipeline(
    { catalogue, builder: { parallelism: 400, durationMs: () => 3000 } },
    {
      redisUrl: await ownRedis(),
      file: `koji_requests_per_second: ${PER_SECOND}`,
      env: { POLL_INTERVAL_MS: '30000' },
    },
  )
  world.ship(ADVISORY)
  const event = await pipeline.untilEnded(ADVISORY, PATIENCE_MS)

  const { requests, kojiCalls } = world.lab.world
  const counts = JSON.stringify({
    requests: Object.fromEntries(requests),
    calls: Object.fromEntries(kojiCalls),
  })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(expected).fill('DONE'))
  expect(hubTasks(world.lab)).toHaveLength(expected)
  const total = [...requests.values()].reduce((sum, times) => sum + times, 0)
  expect(total, counts).toBeLessThan(MAX_REQUESTS)
  expect(kojiCalls.get('buildContainer'), counts).toBe(expected)
  expect(kojiCalls.get('listTasks'), 'nothing was interrupted or restored').toBeUndefined()
})
