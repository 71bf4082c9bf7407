/** Two web processes on one port (`WEB_CONCURRENCY`), compared with one: warm decisions per second, and their cost. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { freePort } from '../../../src/lib/loopback.ts'
import { eventually } from '../../support/eventually.ts'
import { processorMsOf } from '../../support/programs/processor-time.ts'
import type { Bench, Line, Stage } from '../bench.ts'
import { canShareProcessor, withProcessorShare } from '../processor-share.ts'
import { median, show } from '../statistics.ts'
import { bodiesOf, sendAll, startLab, WARM, writePolicies } from './decisions.ts'

const TURNS = 9
/** Uncounted turns at full speed, in which code is compiled: of two processes each gets half of the requests. */
const WARM_UP = 6
const PER_TURN = 8000
const CLIENTS = 16
const MIN_GAIN = 1.7
const MAX_COST = 1.15
/** The share of a core for each process: so small that the client has one of two cores to itself. */
const SHARE = 0.25
/** The cores needed without such shares: two for the web processes, and one each for the client and for the process that distributes connections. */
const ENOUGH_CORES = 4

/** One turn; `clientShare`: the client's share of the processor time of client and processes together. */
type Turn = { perSecond: number; cpuMs: number; clientShare: number }

/** The gate alone, which needs no database; the client shares the machine with the processes. */
export const webProcesses: Bench = {
  name: 'web-processes',
  explains:
    'Warm decisions of two web processes on one port, in turns with one: rate, and processor time for each answer; ' +
    `each process has ${SHARE} of a core, or, where that cannot be limited, the gain counts from ${ENOUGH_CORES} cores on.`,
  async run(stage) {
    const folder = stage.newFolder()
    writePolicies(folder)
    const lab = await startLab(stage, 0)
    const one = await start(stage, lab.urls, folder, 1)
    const two = await start(stage, lab.urls, folder, 2)
    const share = (await canShareProcessor()) ? SHARE : 1
    for (let turn = 0; turn < WARM_UP; turn += 1)
      for (const processes of [one, two]) await takeTurn(processes, 1)
    const taken: { one: Turn; two: Turn }[] = []
    for (let turn = 0; turn < TURNS; turn += 1)
      taken.push({ one: await takeTurn(one, share), two: await takeTurn(two, share) })
    return linesOf(taken, share)
  },
}

type Started = { url: string; pids: number[] }

/** Starts the gate without a request log, which the client would have to read. */
async function start(stage: Stage, urls: object, folder: string, count: number): Promise<Started> {
  const settings = join(folder, 'cache.settings')
  writeFileSync(settings, 'cache_seconds: 600\n')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env.PATH,
    ...urls,
    FRESHWAVE_CONFIG: settings,
    POLICIES_DIR: folder,
    PORT: String(port),
    WEB_CONCURRENCY: String(count),
    LOG_LEVEL: 'warn',
  }
  const args = ['--max-semi-space-size=16', 'src/api/main.ts', '--only', 'gate'] // as the Procfile
  const starter = spawn(process.execPath, args, { env, stdio: 'ignore' })
  const ended = once(starter, 'exit')
  stage.keep(starter, () => starter.kill() && ended)
  await eventually(
    () => fetch(`${url}/health/ready`).then((answer) => answer.text(), String),
    (text) => text.includes(count === 1 ? '"status":"ready"' : `${count} of ${count} ready`),
  )
  const { pid = 0 } = starter // set, since it has been spawned
  const members = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return { url, pids: [pid, ...members.filter(Boolean).map(Number)] }
}

async function takeTurn({ url, pids }: Started, share: number): Promise<Turn> {
  const pool = new Pool(url, { connections: CLIENTS })
  const bodies = bodiesOf({ ...WARM, requests: PER_TURN })
  const clientBefore = process.cpuUsage()
  const before = processorMsOf(pids)
  const send = () => sendAll(pool, bodies, CLIENTS)
  const { ms } = await (share < 1 ? withProcessorShare(pids, share, send) : send())
  const cpuMs = processorMsOf(pids) - before
  const { user, system } = process.cpuUsage(clientBefore)
  await pool.close()
  const clientMs = (user + system) / 1000
  return {
    perSecond: (PER_TURN * 1000) / ms,
    cpuMs: cpuMs / PER_TURN,
    clientShare: clientMs / (clientMs + cpuMs),
  }
}

function linesOf(turns: readonly { one: Turn; two: Turn }[], share: number): Line[] {
  const medianOf = (read: (turn: { one: Turn; two: Turn }) => number) => median(turns.map(read))
  const rate = medianOf(({ two }) => two.perSecond)
  const gain = medianOf(({ one, two }) => two.perSecond / one.perSecond)
  const clientShare = medianOf(({ two }) => two.clientShare)
  const us = medianOf(({ two }) => two.cpuMs) * 1000
  const cost = medianOf(({ one, two }) => two.cpuMs / one.cpuMs)
  const hasCores = share < 1 || cpus().length >= ENOUGH_CORES
  return [
    {
      what: `2 web processes${share < 1 ? ` of ${share} cores` : ''}`,
      measured: `${show(rate)}/s, ${show(clientShare * 100)} % of the processor time is the client's`,
      compared: `x ${show(gain)} of one`,
      ...(hasCores && { target: { text: `at least x ${MIN_GAIN}`, met: gain >= MIN_GAIN } }),
      raw: { perSecond: rate, gain, clientShare },
    },
    {
      what: 'processor time of an answer, 2 web processes',
      measured: `${show(us)} µs`,
      compared: `x ${show(cost)} of one`,
      target: { text: `at most x ${MAX_COST}`, met: cost <= MAX_COST },
      raw: { us, cost },
    },
  ]
}
