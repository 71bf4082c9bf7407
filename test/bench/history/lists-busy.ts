/** Lists and single records over HTTP for ten concurrent clients, while events are opened and builds change. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Bench, Line, Stage } from '../bench.ts'
import { median, quantile, show, showMs, timed } from '../statistics.ts'
import { fetchBytes } from '../web.ts'
import { HISTORY } from './history.ts'
import { get, startWithHistory } from './lists.ts'
import { TIMED_REQUESTS, type TimedRequest } from './requests.ts'

const TARGET_MS = 100
const CLIENTS = 10
const REPEATS = 20
/** The interval between transactions, each of which opens an event with builds and changes others, as on a busy day. */
const WRITE_EVERY_MS = 50
const NEW_BUILDS = 4
const CHANGED_BUILDS = 8

/** Service, database, writers and clients share the machine. */
export const listsBusy: Bench = {
  name: 'lists-busy',
  explains:
    `As lists, with ${CLIENTS} concurrent clients and ${1000 / WRITE_EVERY_MS} transactions a second that open an event and change ` +
    `${CHANGED_BUILDS} builds (p95 of an answer), as a multiple of a single client with the same writers (p50).`,
  async run(stage) {
    const { url, web } = await startWithHistory(stage)
    const writing = await startWriters(stage, url)
    const lines: Line[] = []
    for (const request of TIMED_REQUESTS) lines.push(await measure(web, request))
    lines.push(lineOfWriters(writing))
    return lines
  },
}

async function measure(web: string, { what, path }: TimedRequest): Promise<Line> {
  const alone: number[] = []
  for (let n = 0; n < REPEATS; n += 1) alone.push(await timed(() => get(`${web}${path(n)}`)))
  const samples: number[] = []
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_none, client) => {
      for (let n = 0; n < REPEATS; n += 1)
        samples.push(await timed(() => fetchBytes(`${web}${path(client * REPEATS + n)}`)))
    }),
  )
  const [p50Ms, p95Ms] = [median(samples), quantile(samples, 0.95)]
  return {
    what,
    measured: `p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms)}`,
    compared: `x ${show(p95Ms / median(alone))} of ${showMs(median(alone))}`,
    target: { text: `p95 under ${showMs(TARGET_MS)}`, met: p95Ms < TARGET_MS },
    raw: { p50Ms, p95Ms, aloneP50Ms: median(alone) },
  }
}

type Writing = { samples: number[] }

/** Starts transactions at a steady rate, independent of the readers; a transaction that takes longer than the interval delays the next. */
async function startWriters(stage: Stage, url: string): Promise<Writing> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const writing: Writing = { samples: [] }
  let isOver = false
  const write = async () => {
    for (let n = 1; !isOver; n += 1) {
      const turn = sleep(WRITE_EVERY_MS)
      writing.samples.push(await timed(() => writeOnce(client, n)))
      await turn
    }
  }
  const written = write()
  stage.keep(client, async () => {
    isOver = true
    await written
    await client.end()
  })
  return writing
}

/** Ids follow those of the history; builds of its last events and of the new ones change their states. */
async function writeOnce(client: pg.Client, n: number): Promise<void> {
  const event = HISTORY.events + n
  await client.query('begin')
  await client.query(
    `insert into events (id, message_id, search_key, event_type_id, state) values ($1, 'busy-' || $1::int, 900000 + $1::int, 10, 1)`,
    [event],
  )
  await client.query(
    `insert into artifact_builds (id, name, original_nvr, type, state, event_id)
     select $2::int + i, 'image-' || i || '-container', 'busy-' || $1::int || '-' || i || '-1', 1, 0, $1
       from generate_series(1, $3::int) i`,
    [event, HISTORY.builds + (n - 1) * NEW_BUILDS, NEW_BUILDS],
  )
  await client.query(
    `update artifact_builds set state = case state when 0 then 4 when 4 then 1 else state end, state_reason = 'Changed.',
                                build_id = coalesce(build_id, id)
      where id > $1::int - $2 and id <= $1`,
    [HISTORY.builds + (n - 1) * NEW_BUILDS - (n % 5) * CHANGED_BUILDS, CHANGED_BUILDS],
  )
  await client.query('update events set state = 2, time_done = now() where id = $1', [event - 100])
  await client.query('commit')
}

function lineOfWriters({ samples }: Writing): Line {
  const [p50Ms, p95Ms] = [median(samples), quantile(samples, 0.95)]
  return {
    what: `${samples.length} transactions of the writers`,
    measured: `p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms)}`,
    compared: '',
    raw: { p50Ms, p95Ms, transactions: samples.length },
  }
}
