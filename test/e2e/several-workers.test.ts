/** Two worker processes share one event: together they reach the limit on tasks in flight and keep it, and nothing happens twice. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { LAB_USER } from '../../lab/services/koji/records.ts'
import type { World } from '../../lab/world.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { labSettings } from '../support/pipeline.ts'
import { startService } from '../support/programs/service.ts'
import { startProgram } from '../support/programs/service-process.ts'
import { ADVISORY } from '../support/rebuild/affected-images.ts'
import { smallCatalogue } from '../support/rebuild/small-catalogue.ts'

const LIMIT = 3
/** Images that are not built on each other, so that all are ready at once. */
const NVRS = Array.from({ length: 20 }, (_none, n) => `image-${n}-container-1-1`)
/** Builds that one process submits while the other one is away. */
const ALONE = 5

it.each(['redis', 'postgres'] as const)(
  'reaches max_tasks_in_flight on %s, and exceeds it with neither two workers nor either of them alone',
  async (store) => {
    let allowed = 0
    const lab = {
      catalogue: smallCatalogue(NVRS.map((nvr) => ({ nvr }))),
      builder: { parallelism: NVRS.length, mayBegin: () => allowed },
    }
    const service = await startService(store, lab, { FRESHWAVE_CONFIG: await settingsFile() })
    onTestFinished(service.stop)
    const second = startProgram('worker', service.env)
    onTestFinished(async () => void (await second.kill()))
    await second.ready()
    const { world } = service.world.lab
    /** Lets so many builds end in all, and waits until as many further tasks as the limit permits are at the hub. */
    const build = async (count: number) => {
      allowed = count
      world.koji.wakeBuilder()
      await eventually(
        () => hubTasks(service.world.lab).length,
        (tasks) => tasks === Math.min(count + LIMIT, NVRS.length),
      )
    }
    service.world.ship(ADVISORY)

    await build(0)
    await service.restart('worker', () => build(ALONE))
    await build(2 * ALONE)
    await second.kill()
    await build(3 * ALONE)
    await build(NVRS.length)

    const event = await service.untilEnded(ADVISORY)
    expect(event).toMatchObject({ state: 'COMPLETE' })
    expect(hubTasks(service.world.lab)).toHaveLength(NVRS.length)
    expect(duplicateKeys(service.world.lab)).toEqual([])
    expect(mostAtOnce(world)).toBe(LIMIT)
  },
)

/** The lab's settings file with the limit; its path. */
async function settingsFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'freshwave-limit-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'freshwave.yaml')
  await writeFile(file, labSettings(`max_tasks_in_flight: ${LIMIT}`))
  return file
}

/** How many of our tasks the hub had open at a time. */
function mostAtOnce({ koji }: World): number {
  const tasks = [...koji.tasks.values()].filter(({ owner }) => owner === LAB_USER.id)
  const atOnce = tasks.map(
    ({ createdAt }) =>
      tasks.filter(
        (other) =>
          other.createdAt <= createdAt && (other.completedAt ?? Number.POSITIVE_INFINITY) > createdAt,
      ).length,
  )
  return Math.max(...atOnce)
}
