/** Decisions over HTTP, in a closed loop: each client sends its next request when it has its answer. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'undici'
import type { LabUrls } from '../../../lab/start.ts'
import { policyYaml, test as rule } from '../../support/gate/builders.ts'
import { loadRequest } from '../../support/gate/load-data.ts'
import type { Bench, Line, Stage } from '../bench.ts'
import { type Child, startPart } from '../child.ts'
import { median, quantile, show, showMs, timed } from '../statistics.ts'
import { startWeb } from '../web.ts'

const BUILDS = 10_000
const DELAYS_MS = [0, 20]
const ROUND_TRIPS = 50
const CLIENTS = 8
/** Size of a warm answer: one subject with ten tests. */
export const ANSWER_BYTES = 2700
/** Number of requests before the JIT compiler has optimized the code. */
const WARM_UP = 5000

type Lab = { urls: LabUrls; controlUrl: string }

/** `target` is ten times as good as Greenwave 2.3 with two workers, measured on a similar machine; for 10,000 subjects at once it is better. */
type Load = {
  subjects: number
  warm: boolean
  clients: number
  requests: number
  target: Partial<Record<number, { perSecond?: number; p50Ms?: number }>>
}

/** Everything that it needs is cached. */
export const WARM: Load = {
  subjects: 1,
  warm: true,
  clients: CLIENTS,
  requests: 40_000,
  target: { 0: { perSecond: 5780 } },
}

const LOADS: readonly Load[] = [
  WARM,
  {
    subjects: 1,
    warm: false,
    clients: CLIENTS,
    requests: 4000,
    target: { 0: { perSecond: 580 }, 20: { perSecond: 41 } },
  },
  {
    subjects: 100,
    warm: false,
    clients: 2,
    requests: 40,
    target: { 0: { p50Ms: 320 }, 20: { p50Ms: 4800 } },
  },
  { subjects: 1000, warm: false, clients: 1, requests: 8, target: { 0: { p50Ms: 3200 } } },
  {
    subjects: 10_000,
    warm: false,
    clients: 1,
    requests: 3,
    target: { 0: { p50Ms: 2000 }, 20: { p50Ms: 10_000 } },
  },
]

/** Lab and gate are separate processes. Cold: nothing is cached, and no two clients send the same request. */
export const decisions: Bench = {
  name: 'decisions',
  explains:
    'Decisions on builds with ten tests each: requests per second, p50, p99 and upstream calls per request; ' +
    'warm as a share of a bare server, cold as p50 divided by one upstream call.',
  async run(stage) {
    const folder = stage.newFolder()
    writePolicies(folder)
    const bare = await measureBare(stage)
    const lines: Line[] = [bareLine(bare)]
    for (const delayMs of DELAYS_MS) {
      const lab = await startLab(stage, delayMs)
      const upstreamMs = await measureUpstream(lab)
      const gates = {
        cold: (await startGate(stage, lab, { folder, cacheSeconds: 0 })).report,
        warm: (await startGate(stage, lab, { folder, cacheSeconds: 600 })).report,
      }
      for (const load of LOADS) {
        const measured = await measure(load.warm ? gates.warm : gates.cold, lab, load)
        lines.push(lineOf(load, delayMs, measured, { upstreamMs, bare }))
      }
    }
    return lines
  },
}

/** The policy of all loads. */
export function writePolicies(folder: string): void {
  const rules = Array.from({ length: 10 }, (_none, n) => rule(`distribution.ci.tier${n}.functional`))
  writeFileSync(join(folder, 'load.yaml'), policyYaml('load', rules))
}

/** A lab with the results of all builds, whose services answer after `delayMs`. */
export async function startLab(stage: Stage, delayMs: number): Promise<Lab> {
  const child = await startPart<Lab>('gate-lab', [String(BUILDS), String(delayMs)])
  return stage.keep(child, ({ stop }) => stop()).report
}

/** As in production, where ingest processes receive news from a bus: without any, passed results are cached for seconds (decision 0090). */
const WITH_NEWS = { AMQP_URL: 'amqp://127.0.0.1', AMQP_SOURCES: 'results' }

/** A gate in a separate process, which reports its address. `folder` has the policies, `env` further settings. */
export async function startGate(
  stage: Stage,
  { urls }: Lab,
  { folder, cacheSeconds, env = {} }: { folder: string; cacheSeconds: number; env?: Record<string, string> },
): Promise<Child<string>> {
  const settings = join(folder, `cache-${cacheSeconds}.settings`)
  writeFileSync(settings, `cache_seconds: ${cacheSeconds}\n`)
  const files = { FRESHWAVE_CONFIG: settings, POLICIES_DIR: folder }
  return startWeb(stage, await stage.newDatabase(), { ...urls, ...files, ...WITH_NEWS, ...env })
}

async function measureUpstream({ urls }: Lab): Promise<number> {
  const url = `${urls.RESULTSDB_API_URL}/results/latest?item=package-number-0-1.0.0-0.fc40`
  const samples: number[] = []
  for (let n = 0; n < ROUND_TRIPS; n += 1) samples.push(await timed(async () => (await fetch(url)).text()))
  return median(samples)
}

/** Requests per second of a server that does nothing, with answers of the same size as those of a warm gate. */
async function measureBare(stage: Stage): Promise<number> {
  const child = await startPart<string>('bare-server', [String(ANSWER_BYTES)])
  const url = stage.keep(child, ({ stop }) => stop()).report
  const [warm] = LOADS.filter((load) => load.warm)
  const bodies = warm ? bodiesOf(warm) : []
  const pool = new Pool(url, { connections: CLIENTS })
  await sendAll(pool, bodies.slice(0, WARM_UP), CLIENTS)
  const { ms } = await sendAll(pool, bodies, CLIENTS)
  await pool.close()
  return (bodies.length * 1000) / ms
}

function bareLine(perSecond: number): Line {
  const measured = `${show(perSecond)}/s`
  return { what: 'a bare server, for comparison', measured, compared: '', raw: { perSecond } }
}

type Measured = { samples: number[]; perSecond: number; upstreamCalls: number }

async function measure(gate: string, lab: Lab, load: Load): Promise<Measured> {
  // `fetch` uses more processor time per request than the gate, and both share the processor here.
  const pool = new Pool(gate, { connections: load.clients, headersTimeout: 0, bodyTimeout: 0 })
  const bodies = bodiesOf(load)
  await sendAll(pool, bodies.slice(0, Math.min(WARM_UP, load.requests / 2)), load.clients)
  const callsBefore = await upstreamCalls(lab)
  const { samples, ms } = await sendAll(pool, bodies, load.clients)
  const calls = (await upstreamCalls(lab)) - callsBefore
  await pool.close()
  return { samples, perSecond: (load.requests * 1000) / ms, upstreamCalls: calls / load.requests }
}

/** Sends all requests, as many at a time as there are clients. */
export async function sendAll(pool: Pool, bodies: readonly string[], clients: number) {
  const samples: number[] = []
  let next = 0
  const client = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const sent = body
      samples.push(await timed(() => decide(pool, sent)))
    }
  }
  const ms = await timed(() => Promise.all(Array.from({ length: clients }, client)))
  return { samples, ms }
}

const REQUEST = loadRequest(BUILDS) as { subject: object[] } // as created by that function

/** Warm requests are all for the same satisfied build; cold ones iterate over the builds. */
function bodyOf({ subjects, warm }: Load, n: number): string {
  const from = warm ? 0 : (n * subjects) % BUILDS
  return JSON.stringify({ ...REQUEST, subject: REQUEST.subject.slice(from, from + subjects) })
}

/** The requests of a load. */
export function bodiesOf(load: Load): string[] {
  return Array.from({ length: load.requests }, (_none, n) => bodyOf(load, n))
}

async function decide(gate: Pool, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await gate.request({ path: '/api/v1.0/decision', method: 'POST', body, headers })
  const text = await answer.body.text()
  if (answer.statusCode !== 200 || text.includes('result missing'))
    throw new Error(`HTTP ${answer.statusCode}: ${text.slice(0, 200)}`)
}

async function upstreamCalls({ controlUrl }: Lab): Promise<number> {
  const report = await (await fetch(`${controlUrl}/lab/requests`)).json()
  const { requests } = report as { requests: Record<string, number> } // the lab's own report
  return Object.values(requests).reduce((sum, count) => sum + count, 0)
}

type References = { upstreamMs: number; bare: number }

function lineOf(load: Load, delayMs: number, measured: Measured, { upstreamMs, bare }: References): Line {
  const { samples, perSecond, upstreamCalls } = measured
  const [p50Ms, p99Ms] = [median(samples), quantile(samples, 0.99)]
  const what = `${load.subjects.toLocaleString('en-US')} ${load.warm ? 'warm' : 'cold'}, upstream + ${delayMs} ms`
  return {
    what,
    measured: `${show(perSecond)}/s, p50 ${showMs(p50Ms)}, p99 ${showMs(p99Ms)}, ${show(upstreamCalls)} calls`,
    compared: load.warm
      ? `x ${show(perSecond / bare)} of the bare server`
      : `x ${show(p50Ms / upstreamMs)} of ${showMs(upstreamMs)}`,
    target: targetOf(load.target[delayMs], perSecond, p50Ms),
    raw: { perSecond, p50Ms, p99Ms, upstreamCalls, upstreamMs, bare },
  }
}

function targetOf(target: Load['target'][number], perSecond: number, p50Ms: number): Line['target'] {
  if (target?.perSecond !== undefined)
    return { text: `${show(target.perSecond)}/s`, met: perSecond >= target.perSecond }
  if (target?.p50Ms !== undefined)
    return { text: `p50 under ${showMs(target.p50Ms)}`, met: p50Ms < target.p50Ms }
  return undefined
}
