/** A worker is killed while a task that Koji lists cannot be read: nothing is submitted twice after the restart. */
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { startService } from '../support/programs/service.ts'
import { ADVISORY } from '../support/rebuild/affected-images.ts'
import { smallCatalogue } from '../support/rebuild/small-catalogue.ts'

const IMAGES = ['image-a', 'image-b', 'image-c']
const PATIENCE_MS = 400_000

it('a submission waits for the list after a restart as before, and takes the task it finds there', async () => {
  const catalogue = smallCatalogue(IMAGES.map((name) => ({ nvr: `${name}-1-1` })))
  const service = await startService('redis', { catalogue })
  onTestFinished(service.stop)
  const { world } = service.world.lab
  // Every answer to a first submission is lost, and the request of no listed task can be read.
  world.faults.push({ service: 'koji', kind: 'reset', stage: 'after', operation: 'buildContainer', times: 3 })
  world.mutate = (from, operation, json) =>
    from === 'koji' && operation === 'listTasks' && Array.isArray(json)
      ? json.map((task: object) => ({ ...task, request: 'not decodable' }))
      : json
  service.world.ship(ADVISORY)
  const waits = async () => {
    const sql = 'select detail from waits where service is null'
    const rows = await service.db.fork().execute<{ detail: string }[]>(sql)
    return rows.filter(({ detail }) =>
      detail.includes('Koji lists tasks that may be the one submitted before'),
    )
  }
  const searches = () => world.requests.get('koji listTasks') ?? 0
  await eventually(waits, (rows) => rows.length > 0, PATIENCE_MS)
  const created = hubTasks(service.world.lab).length
  expect(created).toBeGreaterThan(0)
  await service.restart('worker')
  const before = searches()
  await eventually(
    async () => searches(),
    (count) => count > before + 1,
    PATIENCE_MS,
  )
  expect(duplicateKeys(service.world.lab)).toEqual([])
  world.mutate = null
  const event = await service.untilEnded(ADVISORY)
  expect(event).toMatchObject({ state: 'COMPLETE' })
  expect(event.builds.map(({ state }) => state)).toEqual(IMAGES.map(() => 'DONE'))
  expect(duplicateKeys(service.world.lab)).toEqual([])
  expect(hubTasks(service.world.lab)).toHaveLength(IMAGES.length)
})
