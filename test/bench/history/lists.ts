/** Lists and single records over HTTP, from a service with years of history. */
import pg from 'pg'
import { createTestContext } from '../../support/context.ts'
import type { Bench, Line, Stage } from '../bench.ts'
import { median, quantile, show, showMs, timed } from '../statistics.ts'
import { startWeb } from '../web.ts'
import { HISTORY, writeHistory } from './history.ts'
import { TIMED_REQUESTS, type TimedRequest } from './requests.ts'

const TARGET_MS = 100
const WARM_UP = 10
const REPEATS = 60

/** The service is a separate process; one request at a time, so that no request waits for another. */
export const lists: Bench = {
  name: 'lists',
  explains:
    `Time of an answer over HTTP with ${HISTORY.events.toLocaleString('en-US')} events and ` +
    `${HISTORY.builds.toLocaleString('en-US')} builds stored (p95), as a multiple of a bare "select 1" (p50).`,
  async run(stage) {
    const { url, web } = await startWithHistory(stage)
    const emptyQueryMs = await measureEmptyQuery(url)
    const lines: Line[] = []
    for (const request of TIMED_REQUESTS)
      lines.push(lineOf(request, await measure(web, request), emptyQueryMs))
    return lines
  },
}

/** A database with the history, and a web process on it, as their addresses. */
export async function startWithHistory(stage: Stage): Promise<{ url: string; web: string }> {
  const url = await stage.newDatabase()
  const ctx = await createTestContext({ DATABASE_URL: url })
  await ctx.close()
  await writeHistory(url)
  const { report: web } = await startWeb(stage, url)
  return { url, web }
}

async function measureEmptyQuery(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const samples: number[] = []
  for (let n = 0; n < WARM_UP + REPEATS; n += 1) samples.push(await timed(() => client.query('select 1')))
  await client.end()
  return median(samples.slice(WARM_UP))
}

async function measure(web: string, { path }: TimedRequest): Promise<number[]> {
  const samples: number[] = []
  for (let n = 0; n < WARM_UP + REPEATS; n += 1) samples.push(await timed(() => get(`${web}${path(n)}`)))
  return samples.slice(WARM_UP)
}

/** An empty list would be fast but meaningless, so it is an error. */
export async function get(url: string): Promise<void> {
  const answer = await fetch(url)
  const body = (await answer.json()) as { items?: unknown[] } // our own API
  if (!answer.ok || body.items?.length === 0)
    throw new Error(`GET ${url}: HTTP ${answer.status}, nothing found`)
}

function lineOf({ what }: TimedRequest, samples: number[], emptyQueryMs: number): Line {
  const [p50Ms, p95Ms] = [median(samples), quantile(samples, 0.95)]
  return {
    what,
    measured: `p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms)}`,
    compared: `x ${show(p95Ms / emptyQueryMs)}`,
    target: { text: `p95 under ${showMs(TARGET_MS)}`, met: p95Ms < TARGET_MS },
    raw: { p50Ms, p95Ms, emptyQueryMs },
  }
}
