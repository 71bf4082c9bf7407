/** `npm run demo` as a new user runs it: to its end, with the pages up until Ctrl-C, and nothing left behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
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

const LOG = '.freshwave/demo/service.log'

/** Variables as in the shell of an operator, whose installation the demo leaves alone. */
const OF_AN_INSTALLATION = {
  DATABASE_URL: 'postgres://freshwave@127.0.0.1:9/freshwave',
  AUTH_BACKEND: 'kerberos',
  TLS_CERT: '/no/such.pem',
  TLS_KEY: '/no/such.pem',
  DRY_RUN: '1',
}

/** A folder of its own to start the demo in; what still runs at the end of the test is killed. */
function openDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-demo-'))
  chmodSync(folder, 0o755) // the system user of PostgreSQL must reach its data in there
  for (const name of USED) symlinkSync(join(ROOT, name), join(folder, name))
  const env = { PATH: process.env.PATH, TMPDIR: process.env['TMPDIR'], ...OF_AN_INSTALLATION }
  const start = () => {
    const child = spawn(process.execPath, DEMO, { cwd: folder, env, detached: true })
    const demo = { child, exited: once(child, 'exit'), output: '' }
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        demo.output += text
      })
    onTestFinished(() => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    })
    return demo
  }
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, start }
}

it('the demo rebuilds what the advisories affect, reports the outcome of each, and ends with everything it has started', async () => {
  const { folder, start } = openDemo()
  const demo = start()
  const { child, exited } = demo
  const isUp = () => demo.output.includes('press Ctrl-C') || child.exitCode !== null
  await eventually(isUp, Boolean, 240_000)

  expect(child.exitCode, demo.output).toBeNull()
  expect(demo.output.match(/^COMPLETE: .*$/gm)).toEqual([
    'COMPLETE: Advisory 133001: 3 of 34 container image(s) failed to rebuild.',
    'COMPLETE: Advisory 133006: All 1 container images have been rebuilt.',
    'COMPLETE: Advisory 133005: All 1 container images have been rebuilt.',
  ])
  expect(demo.output.match(/^CANCELED: /gm)).toHaveLength(1)
  const url = /The service is running at (\S+) /.exec(demo.output)?.[1]
  const page = await fetch(`${url}/ui`)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('133001')

  const second = start()
  expect(await second.exited).toEqual([1, null])
  expect(second.output).toBe(
    'Another run is using .freshwave/demo; wait until it has ended, or start this one elsewhere.\n',
  )
  expect((await fetch(`${url}/api/2/events/1`)).status).toBe(200)
  expect(readFileSync(join(folder, LOG), 'utf8')).toContain('"msg":"ready"')

  process.kill(-(child.pid ?? 0), 'SIGINT') // as the terminal sends it
  expect(await exited).toEqual([0, null])
  expect(readFileSync(join(folder, LOG), 'utf8')).toContain('"msg":"stopped"')
  const data = join(folder, '.freshwave/demo')
  await eventually(
    () => [...serversOf(data), ...keepersOf(data)],
    (pids) => pids.length === 0,
  )
})

it('the demo ends after its service when it is interrupted while that starts', async () => {
  const { folder, start } = openDemo()
  const { child, exited } = start()
  const data = join(folder, '.freshwave/demo')
  await eventually(() => existsSync(join(folder, LOG)), Boolean)
  const running = await eventually(
    () => servicesIn(folder),
    (pids) => pids.length > 0,
  )
  process.kill(child.pid ?? 0, 'SIGINT')
  expect(await exited).toEqual([130, null])
  expect(running.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
  await eventually(
    () => [...serversOf(data), ...keepersOf(data)],
    (pids) => pids.length === 0,
  )
})

/** The processes of the service that were started in this folder. */
function servicesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const isHere = readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
      return isHere && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0src/main.ts')
    } catch {
      return false // not a process, or it has ended
    }
  })
}
