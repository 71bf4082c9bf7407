/** The service as a small installation runs it: one process and an embedded database, nothing else. */
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../src/lib/loopback.ts'
import { eventually } from '../support/eventually.ts'
import { duplicateKeys, hubTasks } from '../support/lab/hub-tasks.ts'
import { startWorld } from '../support/lab/world.ts'
import { type ServiceProcess, startProgram } from '../support/programs/service-process.ts'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { removeFolder } from '../support/servers/remove-folder.ts'

const IMAGES = 8

describe('bad settings', () => {
  it('stop the start with code 2 and a list of all errors', async () => {
    const bad = {
      PORT: 'many',
      REDIS_URL: 'http://127.0.0.1',
      POLL_INTERVAL_MS: '0',
      KOJI_AUTH: 'perhaps',
      AMQP_URL: 'amqp://127.0.0.1, tcp://127.0.0.1',
    }
    const { code, output } = await startProgram('all', bad).ended()
    expect(code).toBe(2)
    const named = output.split('\n').filter((line) => line.startsWith('  - '))
    expect(named.map((line) => /^ {2}- (\w+)/.exec(line)?.[1]).sort()).toEqual(Object.keys(bad).sort())
  })

  it('in the file are reported with its name', async () => {
    const { code, output } = await startProgram('all', { FRESHWAVE_CONFIG: 'no/such.yaml' }).ended()
    expect(code).toBe(2)
    expect(output).toContain('no/such.yaml')
  })
})

it('the process stops quickly on demand, and continues its work when started again', async () => {
  const world = await startWorld({
    catalogue: affectedImages(IMAGES),
    builder: { parallelism: 2, durationMs: () => 500 },
  })
  onTestFinished(world.stop)
  const port = String(await freePort())
  const env = { ...world.env, PORT: port, DATA_DIR: await ownFolder() }
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.json())
  const builds = async () => (await get('/api/2/builds/?per_page=100')) as { items: { state_name: string }[] }

  const first = startProgram('all', env)
  await first.ready()
  world.ship(ADVISORY)
  await eventually(builds, ({ items }) => items.some((build) => build.state_name === 'DONE'))
  await expectOrderlyStop(first)

  const second = startProgram('all', env)
  await second.ready()
  expect(await get('/api/2/events/')).toMatchObject({ items: [{ state_name: 'BUILDING' }] })
  await eventually(builds, ({ items }) => items.every((build) => build.state_name === 'DONE'))
  expect(hubTasks(world.lab)).toHaveLength(IMAGES)
  expect(duplicateKeys(world.lab)).toEqual([])
  expect(await get('/api/2/events/')).toMatchObject({ items: [{ state_name: 'COMPLETE' }] })
  await expectOrderlyStop(second)
})

async function expectOrderlyStop(service: ServiceProcess): Promise<void> {
  const { code, output } = await service.stop()
  expect(output).toContain('"msg":"stopped"')
  expect(output).not.toContain('did not stop cleanly')
  expect(code).toBe(0)
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'freshwave-one-'))
  await chmod(folder, 0o755) // the system user of PostgreSQL must reach its data in there
  onTestFinished(() => removeFolder(folder))
  return folder
}
