/** Checks how the service ends: by signals to the process or its whole group, doubled or repeated, or killed; PostgreSQL ends too. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { identityOf } from '../../src/db/embedded/process-identity.ts'
import { freePort } from '../../src/lib/loopback.ts'
import { keepersOf, serversOf } from '../support/database/embedded.ts'
import { eventually } from '../support/eventually.ts'
import { startWorld } from '../support/lab/world.ts'

/** What a Node that cannot strip types does: scripts/run.mjs starts the program in a child process. */
const OLD_NODE = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.0.0'}})`
const LAUNCHERS = {
  'in this process': [] as string[],
  'in a child process': ['--import', OLD_NODE],
}
type Launcher = keyof typeof LAUNCHERS
const ALL = Object.keys(LAUNCHERS) as Launcher[]

type Running = {
  launcher: ChildProcess & { pid: number }
  folder: string
  output(): string
  /** Resolves as soon as it has logged this text, or has ended. */
  logs(text: string): Promise<void>
  /** Pid of the process that logs. */
  servicePid(): number
  ended: Promise<number>
}

const READY = '"msg":"ready"'

/** Starts a program, everything in one process by default, as the leader of a process group, and waits until it is ready. */
async function start(
  launcher: Launcher,
  env: Record<string, string> = {},
  ...program: string[]
): Promise<Running> {
  const running = launch(launcher, env, ...program)
  await running.logs(READY)
  expect(running.output()).toContain(READY)
  return running
}

/** The same without waiting. */
function launch(launcher: Launcher, env: Record<string, string> = {}, ...program: string[]): Running {
  const folder = mkdtempSync(join(tmpdir(), 'freshwave-stop-'))
  chmodSync(folder, 0o755) // the system user of PostgreSQL must reach its data in there
  const args = [
    ...LAUNCHERS[launcher],
    'scripts/run.mjs',
    ...(program.length > 0 ? program : ['src/main.ts']),
  ]
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  }) as Running['launcher'] // it has a pid once it is spawned
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const logs = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => output.includes(text) && resolve()
      child.stdout?.on('data', look)
      child.once('close', () => resolve())
      look()
    })
  const ended = once(child, 'close').then(() => codeOf(child))
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
    await untilNoPostgres(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return { launcher: child, folder, output: () => output, logs, servicePid: () => pidIn(output), ended }
}

describe.each(ALL)('the service, started %s', (launcher) => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on a %s to its whole group', async (signal) => {
    const { launcher: child, ended, output, folder } = await start(launcher)
    process.kill(-child.pid, signal)
    expect(await ended).toBe(0)
    expect(output().match(/"msg":"stopp(ing|ed)"/g)).toEqual(['"msg":"stopping"', '"msg":"stopped"'])
    expect(output()).not.toContain('did not stop cleanly')
    await untilNoPostgres(folder)
  })

  it('ends cleanly on a SIGTERM to what was started', async () => {
    const { launcher: child, ended, output, folder } = await start(launcher)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(output()).toContain('"msg":"stopped"')
    await untilNoPostgres(folder)
  })

  it('leaves no PostgreSQL behind when it is killed', async () => {
    const { servicePid, ended, folder } = await start(launcher)
    expect(serversOf(folder)).not.toEqual([])
    process.kill(servicePid(), 'SIGKILL')
    expect(await ended).toBe(128 + constants.signals.SIGKILL)
    await untilNoPostgres(folder)
  })
})

it.each(['1', '2'])(
  'the service with %s web processes ends in order by a signal while it starts',
  async (count) => {
    const env = { PORT: String(await freePort()), WEB_CONCURRENCY: count }
    const { launcher: child, folder, logs, output, servicePid, ended } = launch('in this process', env)
    await logs(' is off: ') // the last lines before its parts start
    process.kill(-child.pid, 'SIGINT')
    expect(await ended).toBe(0)
    const isOwn = (line: string) => line.includes(`"pid":${servicePid()},`)
    const own = output().split('\n').filter(isOwn).join('\n')
    expect(own).toContain('"msg":"stopped"')
    expect(own).not.toMatch(/did not stop cleanly|"msg":"stopping".*"msg":"ready"/s)
    await untilNoPostgres(folder)
  },
)

/** Programs that ignore signals; the second one launches the first, as the demo launches its service. */
const print = (msg: string) => `console.log(JSON.stringify({ pid: process.pid, msg: '${msg}' }))`
const WAITING = `${print('ready')}; setInterval(() => {}, 1e6)`
const LAUNCHING = `${print('launching')}
  import('./src/lib/launch.ts').then(({ launch }) =>
    launch(['-e', ${JSON.stringify(WAITING)}], { env: process.env, output: 'inherit' }))`

describe('a launcher that is killed', () => {
  it('ends the service in its child process cleanly, and PostgreSQL with it', async () => {
    const port = await freePort()
    const running = await start('in a child process', { PORT: String(port) })
    const pid = running.servicePid()
    expect(pid).not.toBe(running.launcher.pid)
    running.launcher.kill('SIGKILL')
    await running.ended // its output closes when the service, which shares it, has ended too
    expect(running.output()).toContain('"msg":"stopped"')
    await untilEnded(pid)
    await expect(fetch(`http://127.0.0.1:${port}/healthcheck`)).rejects.toThrow('fetch failed')
    await untilNoPostgres(running.folder)
  })

  it.each(['src/api/main.ts', 'src/ingest/main.ts', 'workers/main.ts'])('takes along %s', async (program) => {
    const running = await start('in a child process', {}, program)
    running.launcher.kill('SIGKILL')
    await running.ended
    expect(running.output()).toContain('"msg":"stopped"')
    await untilEnded(running.servicePid())
  })

  it('also ends what ignores signals', async () => {
    const running = await start('in a child process', {}, '-e', WAITING)
    running.launcher.kill('SIGKILL')
    await running.ended
    await untilEnded(running.servicePid())
  })

  it('also ends what its child has launched itself, as the demo does', async () => {
    const running = await start('in a child process', {}, '-e', LAUNCHING)
    const pids = [...running.output().matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid))
    expect(pids).toHaveLength(2)
    running.launcher.kill('SIGKILL')
    await running.ended
    for (const pid of pids) await untilEnded(pid)
  })
})

describe('a second Ctrl-C', () => {
  it('within a second counts as the same one; later it ends the waiting, but still ends PostgreSQL cleanly', async () => {
    const world = await startWorld()
    onTestFinished(world.stop)
    const port = String(await freePort())
    const {
      launcher: child,
      ended,
      logs,
      output,
      folder,
    } = await start('in this process', { ...world.env, PORT: port })
    world.lab.world.faults.push({ service: 'resultsdb', kind: 'hang' })
    const body = JSON.stringify({
      decision_context: 'container-image-release',
      product_version: 'rhel-8',
      subject_type: 'redhat-container-image',
      subject_identifier: 'nginx-122-container-1-1',
    })
    const headers = { 'content-type': 'application/json' }
    void fetch(`http://127.0.0.1:${port}/api/v1.0/decision`, { method: 'POST', headers, body }).catch(
      () => undefined,
    )
    await eventually(
      () => world.lab.world.requests,
      (all) => [...all.keys()].some((key) => key.startsWith('resultsdb')),
    )
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) process.kill(-child.pid, signal)
    await logs('"msg":"stopping"')
    await sleep(1100) // the rule itself depends on time: from now on it is another signal
    expect(child.exitCode).toBeNull()
    process.kill(-child.pid, 'SIGINT')
    expect(await ended).toBe(1)
    expect(output()).toContain('a second SIGINT')
    await untilNoPostgres(folder)
  })
})

async function untilNoPostgres(folder: string): Promise<void> {
  const left = () => [...serversOf(folder), ...keepersOf(folder)]
  expect(await eventually(left, (pids) => pids.length === 0)).toEqual([])
}

async function untilEnded(pid: number): Promise<void> {
  await eventually(
    () => identityOf(pid),
    (identity) => identity === undefined,
  )
}

function codeOf({ exitCode, signalCode }: ChildProcess): number {
  return exitCode ?? (signalCode ? 128 + constants.signals[signalCode] : -1)
}

function pidIn(output: string): number {
  return Number(/"pid":(\d+)/.exec(output)?.[1])
}
