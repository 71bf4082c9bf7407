/** The bus loses every message about tasks: polling the build system still completes the event. */
import { expect, it } from 'vitest'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 12

it('polling completes an event although no message about its tasks arrives', async () => {
  const { world, pipeline } = await runningPipeline({
    catalogue: affectedImages(IMAGES),
    builder: { failures: { 'image-0-container': { times: 1, code: 2001, text: 'Image build failed.' } } },
  })
  let lost = 0
  world.bus.dropMatching(({ topic }) => {
    const isAboutTask = topic.includes('brew.task')
    if (isAboutTask) lost += 1
    return isAboutTask
  })
  world.ship(ADVISORY)
  const event = await pipeline.untilEnded(ADVISORY)

  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(event.builds.map(({ state }) => state)).toEqual(Array(IMAGES).fill('DONE'))
  expect(hubTasks(world.lab)).toHaveLength(IMAGES + 1)
  expect(lost).toBeGreaterThanOrEqual(IMAGES)
  const stored = "select 1 from inbox where topic like '%brew.task%'"
  expect(await pipeline.ctx.db.fork().execute(stored)).toEqual([])
})
