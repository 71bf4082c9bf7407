/** The service in a folder whose name has characters that addresses of files and patterns of names treat specially. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../src/lib/loopback.ts'
import { serversOf } from '../support/database/embedded.ts'
import { eventually } from '../support/eventually.ts'
import { startProgram } from '../support/programs/service-process.ts'

const PARTS = ['bin', 'conf', 'docs', 'package.json', 'queues', 'scripts', 'src', 'workers', 'CHANGELOG.md']
const NAMES = ['my project', 'zoë (1) [new] {a,b} 100%25 #1?']

/** A copy of the code. */
function copyCode(name: string): string {
  const parent = mkdtempSync(join(tmpdir(), 'freshwave-named-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  chmodSync(parent, 0o755) // the system user of PostgreSQL must reach its data in there
  const root = join(parent, name)
  mkdirSync(root)
  for (const part of PARTS) cpSync(part, join(root, part), { recursive: true })
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  return root
}

it.each(NAMES)('%s', async (name) => {
  const root = copyCode(name)
  const port = String(await freePort())
  const service = startProgram('all', { PORT: port }, [], root)
  onTestFinished(async () => {
    await service.stop()
    await eventually(
      () => serversOf(join(root, '.freshwave')).length,
      (running) => running === 0,
    )
  })
  await service.ready()
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  expect(await (await get('/api/2/events/')).json()).toMatchObject({ items: [] })
  expect(await (await get('/api/v1.0/policies')).json()).toMatchObject({ policies: expect.any(Array) })
  expect((await get('/docs/guide')).status).toBe(200)
  const board = await (await get('/queues')).text()
  const [script = ''] = /static\/[^"]+\.js/.exec(board) ?? []
  expect((await get(`/queues/${script}`)).status).toBe(200)
})
