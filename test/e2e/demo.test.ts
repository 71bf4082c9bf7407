/** `npm run demo` as a new user runs it: to its end, with the pages up until Ctrl-C, and nothing left behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { keepersOf, serversOf } from '../support/database/embedded.ts'
import { eventually } from '../support/eventually.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DEMO = ['scripts/run.mjs', 'lab/demo/main.ts', '--stay']
/** The demo keeps its data in the folder that it is started from: not the one where a demo may be running now. */
const USED = ['conf', 'lab', 'scripts', 'src']

it('rebuilds what the advisories affect, says what became of each, and ends with all it has started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-demo-'))
  chmodSync(folder, 0o755) // the system user of PostgreSQL must reach its data in there
  for (const name of USED) symlinkSync(join(ROOT, name), join(folder, name))
  const env = { PATH: process.env.PATH, TMPDIR: process.env['TMPDIR'] }
  const child = spawn(process.execPath, DEMO, { cwd: folder, env, detached: true })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  onTestFinished(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const isUp = () => output.includes('press Ctrl-C') || child.exitCode !== null
  await eventually(isUp, Boolean, 240_000)

  expect(child.exitCode, output).toBeNull()
  expect(output.match(/^COMPLETE: .*$/gm)).toEqual([
    'COMPLETE: Advisory 133001: 3 of 34 container image(s) failed to rebuild.',
    'COMPLETE: Advisory 133006: All 1 container images have been rebuilt.',
    'COMPLETE: Advisory 133005: All 1 container images have been rebuilt.',
  ])
  expect(output.match(/^CANCELED: /gm)).toHaveLength(1)
  const url = /The service is running at (\S+) /.exec(output)?.[1]
  const page = await fetch(`${url}/ui`)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('133001')

  process.kill(-(child.pid ?? 0), 'SIGINT') // as the terminal sends it
  expect(await exited).toEqual([0, null])
  expect(readFileSync(join(folder, '.freshwave/demo/service.log'), 'utf8')).toContain('"msg":"stopped"')
  const data = join(folder, '.freshwave/demo')
  await eventually(
    () => [...serversOf(data), ...keepersOf(data)],
    (pids) => pids.length === 0,
  )
})
