/** Two worker processes share one event: together they keep the limit on tasks in flight, and nothing happens twice. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { LAB_USER } from '../../lab/services/koji/records.ts'
import { ADVISORY, affectedImages } from '../support/affected-images.ts'
import { duplicateKeys, hubTasks } from '../support/hub-tasks.ts'
import { labSettings } from '../support/pipeline.ts'
import { startService } from '../support/service.ts'
import { startProgram } from '../support/service-process.ts'

const IMAGES = 20
const LIMIT = 3

it.each(['redis', 'postgres'] as const)(
  'keeps at most max_tasks_in_flight tasks with two workers on %s',
  async (store) => {
    const folder = await mkdtemp(join(tmpdir(), 'freshwave-limit-'))
    const file = join(folder, 'freshwave.yaml')
    await writeFile(file, labSettings(`max_tasks_in_flight: ${LIMIT}`))
    const lab = {
      catalogue: affectedImages(IMAGES),
      builder: { parallelism: IMAGES, durationMs: () => 1000 },
    }
    const service = await startService(store, lab, { FRESHWAVE_CONFIG: file })
    onTestFinished(service.stop)
    const second = startProgram('worker', service.env)
    onTestFinished(async () => void (await second.kill()))
    await second.ready()
    service.world.ship(ADVISORY)

    const event = await service.untilEnded(ADVISORY)
    expect(event).toMatchObject({ state: 'COMPLETE' })
    expect(hubTasks(service.world.lab)).toHaveLength(IMAGES)
    expect(duplicateKeys(service.world.lab)).toEqual([])
    const tasks = [...service.world.lab.world.koji.tasks.values()].filter(
      ({ owner }) => owner === LAB_USER.id,
    )
    const atOnce = tasks.map(
      ({ createdAt }) =>
        tasks.filter(
          (other) =>
            other.createdAt <= createdAt && (other.completedAt ?? Number.POSITIVE_INFINITY) > createdAt,
        ).length,
    )
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(LIMIT)
  },
)
