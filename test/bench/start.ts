/** The time and the processor time of programs until they are ready: as `npm run` starts them, and in the image. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { freePort } from '../../src/lib/loopback.ts'
import { startWorld } from '../support/lab/world.ts'
import { buildImage } from '../support/programs/image.ts'
import { endedChildrenMs, processorMs } from '../support/programs/processor-time.ts'
import { type ServiceProcess, startProgram } from '../support/programs/service-process.ts'
import type { Bench, Line, Stage } from './bench.ts'
import { median, show, showMs } from './statistics.ts'

const RUNS = 5
const TARGET_MS = { elsewhere: 2000, embedded: 3000, image: 3000 }
const BUBBLEWRAP = '/usr/bin/bwrap'
/** A settings file that is refused: by then a program has loaded its code, and done nothing else. */
const REFUSED = { FRESHWAVE_CONFIG: '/missing' }
/** The roles that answer `/health/ready` at PORT; the others answer at METRICS_PORT. */
const WITH_API = ['web', 'all']

type Role = 'web' | 'ingest' | 'worker' | 'all'
const ROLES: readonly Role[] = ['web', 'ingest', 'worker', 'all']

/** One way to start a program. */
type Way = {
  what: string
  role: Role
  env: Record<string, string>
  start: (env: Record<string, string>) => ServiceProcess
  targetMs: number
}

/** One start: milliseconds until `/health/ready` answers 200, and the processor time of the program until then. */
type Start = { ms: number; processorMs: number }

/** The database has all tables; its server (unless embedded), the queue store and the bus are already running. */
export const starts: Bench = {
  name: 'start',
  explains:
    `From the start of a program until it is ready, median of ${RUNS}; as a multiple of a Node that does nothing. ` +
    'The first start of each, which stores its compiled code, does not count.',
  async run(stage) {
    const bareMs = median(await repeat(RUNS, () => timeBare()))
    const lines: Line[] = []
    for (const way of await waysOf(stage)) {
      await startOnce(stage, way)
      const found = await repeat(RUNS, () => startOnce(stage, way))
      await loadOnce(way)
      lines.push(lineOf(way, found, await repeat(RUNS, () => loadOnce(way)), bareMs))
    }
    return lines
  },
}

async function waysOf(stage: Stage): Promise<Way[]> {
  const world = stage.keep(await startWorld(), ({ stop }) => stop())
  const store = await stage.productionStore()
  const elsewhere = { ...world.env, ...store.env, DATABASE_URL: await stage.newDatabase() }
  const asNpm = (role: Role, place: string, env: Record<string, string>, targetMs: number): Way => ({
    what: `${role}, database ${place}`,
    role,
    env,
    start: (settings) => startProgram(role, settings),
    targetMs,
  })
  return [
    ...ROLES.map((role) => asNpm(role, 'elsewhere', elsewhere, TARGET_MS.elsewhere)),
    asNpm('all', 'embedded', { ...world.env, DATA_DIR: stage.newFolder() }, TARGET_MS.embedded),
    ...(existsSync(BUBBLEWRAP) ? await waysOfImage(stage, elsewhere) : []),
  ]
}

async function waysOfImage(stage: Stage, env: Record<string, string>): Promise<Way[]> {
  const image = stage.keep(await buildImage('', { '/etc/freshwave': 'lab' }), ({ remove }) => remove())
  const files = {
    FRESHWAVE_CONFIG: '/etc/freshwave/freshwave.yaml',
    POLICIES_DIR: '/etc/freshwave/policies',
  }
  return ROLES.map((role) => ({
    what: `${role}, in the image`,
    role,
    env: { ...env, ...files },
    start: (settings) => image.start(['bin/program.mjs', role], settings),
    targetMs: TARGET_MS.image,
  }))
}

async function startOnce(stage: Stage, { role, env, start }: Way): Promise<Start> {
  const port = await freePort()
  const setting = WITH_API.includes(role) ? 'PORT' : 'METRICS_PORT'
  const began = performance.now()
  const program = stage.keep(start({ ...env, [setting]: String(port) }), ({ kill }) => kill())
  await program.ready()
  const { status } = await fetch(`http://127.0.0.1:${port}/health/ready`)
  const found = { ms: performance.now() - began, processorMs: processorMs(program.pid()) }
  const { code, output } = await program.stop()
  if (status !== 200 || code !== 0)
    throw new Error(`${role}: /health/ready answered ${status}, code ${code}\n${output}`)
  return found
}

/** The processor time of loading the program's code alone. */
async function loadOnce({ env, start }: Way): Promise<number> {
  const before = endedChildrenMs()
  await start({ ...env, ...REFUSED }).ended()
  return endedChildrenMs() - before
}

async function timeBare(): Promise<number> {
  const began = performance.now()
  await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'exit')
  return performance.now() - began
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (let n = 0; n < times; n += 1) found.push(await work())
  return found
}

function lineOf(
  { what, targetMs }: Way,
  found: readonly Start[],
  loaded: readonly number[],
  bareMs: number,
): Line {
  const readyMs = median(found.map(({ ms }) => ms))
  const usedMs = median(found.map((start) => start.processorMs))
  const loadMs = median(loaded)
  return {
    what,
    measured: `${showMs(readyMs)}; processor: ${show(usedMs)} ms, of which ${show(loadMs)} for its code`,
    compared: `x ${show(readyMs / bareMs)} of ${showMs(bareMs)}`,
    target: { text: `under ${showMs(targetMs)}`, met: readyMs < targetMs },
    raw: { readyMs, processorMs: usedMs, loadProcessorMs: loadMs, bareMs },
  }
}
