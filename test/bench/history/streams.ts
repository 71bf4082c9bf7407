/** Ten thousand open streams: their memory, how soon a change reaches them, and how long vanished clients remain. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createClient } from '../../../src/db/client.ts'
import type { Bench, Line, Stage } from '../bench.ts'
import { median, quantile, show, showMs, timed } from '../statistics.ts'
import { startWeb } from '../web.ts'
import { openStream, openStreams, startStallingProxy } from './stream-clients.ts'

const STREAMS = 10_000
const VANISHING = 1000
const CHANGES = 500
const FOR_ALL = 20
const MAX_AGE_S = 40
const MAX_MIB = 500
const GONE_WITHIN_MS = 60_000
/** Bytes of a large change, and how many of them: 60 MB. */
const LARGE = 100_000
const LARGE_CHANGES = 600

/** Web process and database are separate processes; the clients share one with the writer. */
export const streams: Bench = {
  name: 'streams',
  explains:
    '10,000 open streams in one process: memory, time from the commit of a change until a client has it, ' +
    'and time until streams of vanished clients are gone.',
  async run(stage) {
    const folder = stage.newFolder()
    const database = await stage.newDatabase()
    const settings = join(folder, 'settings')
    writeFileSync(settings, `max_streams: ${2 * STREAMS}\n`)
    const url = await startStreaming(stage, database, settings)
    const writer = stage.keep(createClient(database), (client) => client.end())
    await writer.connect()
    await insertEvents(writer)
    return [
      ...(await measureOpen(url, writer)),
      await measureVanished(url),
      await measureHalfOpen(stage, folder, database),
      await measureStalled(url, writer),
    ]
  },
}

async function insertEvents(writer: pg.Client): Promise<void> {
  await writer.query(
    `insert into events (message_id, search_key, event_type_id)
     select 'message ' || n, n::text, 10 from generate_series(1, ${STREAMS}) n`,
  )
}

async function startStreaming(stage: Stage, database: string, settings: string): Promise<URL> {
  const { report } = await startWeb(stage, database, { FRESHWAVE_CONFIG: settings })
  return new URL(report)
}

/** By change: when it was written, and how many clients have received it; `delays` until the last client that waits for it. */
type Arrivals = { wrote: Map<number, number>; delays: number[]; arrived: Map<number, number> }

const newArrivals = (): Arrivals => ({ wrote: new Map(), delays: [], arrived: new Map() })

/** Every client follows a different event. */
async function measureOpen(url: URL, writer: pg.Client): Promise<Line[]> {
  const idle = (await readMetrics(url)).bytes
  const arrivals = newArrivals()
  const onChange = (n: number) => {
    arrivals.delays.push(performance.now() - (arrivals.wrote.get(n) ?? 0))
    arrivals.arrived.set(n, (arrivals.arrived.get(n) ?? 0) + 1)
  }
  let clients: { socket: { destroy(): void } }[] = []
  const openMs = await timed(async () => {
    clients = await openStreams(url, STREAMS, (n) => `?event=${n + 1}`, onChange)
  })
  const { bytes: afterOpen } = await readMetrics(url)
  const eventOf = (n: number) => 1 + ((n * 7919) % STREAMS)
  await write(writer, arrivals, { changes: CHANGES, eventOf, clients: 1 })
  const latency = latencyLine('a change for one of them', arrivals)
  const { bytes } = await readMetrics(url)
  for (const { socket } of clients) socket.destroy()
  await untilGone(url)
  return [memoryLine(Math.max(bytes, afterOpen), idle, openMs), latency, await measureForAll(url, writer)]
}

/** Every client follows everything. */
async function measureForAll(url: URL, writer: pg.Client): Promise<Line> {
  const arrivals = newArrivals()
  const clients = await openStreams(
    url,
    STREAMS,
    () => '',
    (n) => {
      const count = (arrivals.arrived.get(n) ?? 0) + 1
      arrivals.arrived.set(n, count)
      if (count === STREAMS) arrivals.delays.push(performance.now() - (arrivals.wrote.get(n) ?? 0))
    },
  )
  await write(writer, arrivals, { changes: FOR_ALL, eventOf: () => 1, clients: STREAMS })
  for (const { socket } of clients) socket.destroy()
  await untilGone(url)
  return withoutTarget(latencyLine('a change for all of them, until the last has it', arrivals))
}

/** Writes changes one after the other, each when the previous one has arrived at this many clients. */
async function write(
  writer: pg.Client,
  arrivals: Arrivals,
  { changes, eventOf, clients }: { changes: number; eventOf: (n: number) => number; clients: number },
): Promise<void> {
  for (let n = 0; n < changes; n += 1) {
    arrivals.wrote.set(n, performance.now())
    await insertChange(writer, eventOf(n), { n })
    while ((arrivals.arrived.get(n) ?? 0) < clients) await sleep(1)
  }
}

async function insertChange(writer: pg.Client, event: number, payload: object): Promise<void> {
  const sql = "insert into outbox (event_id, topic, payload) values ($1, 'build.state.changed', $2)"
  await writer.query(sql, [event, payload])
}

/** Clients whose sockets are reset. */
async function measureVanished(url: URL): Promise<Line> {
  const clients = await openStreams(
    url,
    VANISHING,
    () => '',
    () => undefined,
  )
  for (const { socket } of clients) socket.resetAndDestroy()
  const ms = await timed(() => untilGone(url))
  return goneLine('1,000 clients whose sockets are reset', ms)
}

/** Clients that vanish behind a proxy which keeps the connection but no longer reads: only the age of streams ends them. */
async function measureHalfOpen(stage: Stage, folder: string, database: string): Promise<Line> {
  const settings = join(folder, 'short-lived')
  writeFileSync(settings, `stream_max_age_s: ${MAX_AGE_S}\n`)
  const url = await startStreaming(stage, database, settings)
  const proxy = stage.keep(await startStallingProxy(url), ({ stop }) => stop())
  const clients = await openStreams(
    proxy.url,
    VANISHING,
    () => '',
    () => undefined,
  )
  proxy.stopReading()
  for (const { socket } of clients) socket.resetAndDestroy()
  const ms = await timed(() => untilGone(url))
  return goneLine(`1,000 clients behind a proxy that stops reading, stream_max_age_s ${MAX_AGE_S}`, ms)
}

/** One client reads nothing, another one reads everything: 60 MB. */
async function measureStalled(url: URL, writer: pg.Client): Promise<Line> {
  const { bytes: before } = await readMetrics(url)
  const arrivals = newArrivals()
  const stalled = openStream(url, '', () => undefined)
  await stalled.begun
  stalled.socket.pause()
  const reader = openStream(url, '', (n) => {
    arrivals.delays.push(performance.now() - (arrivals.wrote.get(n) ?? 0))
    arrivals.arrived.set(n, 1)
  })
  await reader.begun
  const text = 'x'.repeat(LARGE)
  for (let n = 0; n < LARGE_CHANGES; n += 1) {
    arrivals.wrote.set(n, performance.now())
    await insertChange(writer, 1, { n, text })
    while (!arrivals.arrived.has(n)) await sleep(1)
  }
  const { bytes } = await readMetrics(url)
  reader.socket.destroy()
  const ms = await timed(() => untilGone(url))
  const p99Ms = quantile(arrivals.delays, 0.99)
  return {
    what: 'a client that reads nothing, beside one that reads 60 MB',
    measured: `p99 of the other ${showMs(p99Ms)}, ${mib(bytes - before)} MiB more, gone after ${showMs(ms)}`,
    compared: '',
    target: { text: 'gone within a minute', met: ms < GONE_WITHIN_MS },
    raw: { p99Ms, grownBytes: bytes - before, goneMs: ms },
  }
}

/** The resident memory of the process and its open streams, as it reports them. */
async function readMetrics(url: URL): Promise<{ bytes: number; open: number }> {
  const text = await (await fetch(new URL('/metrics', url))).text()
  const value = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)
  return {
    bytes: value(/^process_resident_memory_bytes (\S+)$/m),
    open: value(/^freshwave_open_streams\{kind="events"\} (\d+)$/m),
  }
}

async function untilGone(url: URL): Promise<void> {
  while ((await readMetrics(url)).open > 0) await sleep(50)
}

const mib = (bytes: number) => Math.round(bytes / 1024 / 1024)

function memoryLine(bytes: number, idleBytes: number, openMs: number): Line {
  const each = (bytes - idleBytes) / STREAMS
  return {
    what: '10,000 streams, each of one event',
    measured: `RSS ${mib(bytes)} MiB, of which ${mib(idleBytes)} without streams; opened in ${showMs(openMs)}`,
    compared: `${show(each / 1024)} KiB each`,
    target: { text: `under ${MAX_MIB} MiB`, met: mib(bytes) < MAX_MIB },
    raw: { rssBytes: bytes, idleBytes, openMs },
  }
}

function latencyLine(what: string, { delays }: Arrivals): Line {
  const [p50Ms, p99Ms] = [median(delays), quantile(delays, 0.99)]
  return {
    what,
    measured: `p50 ${showMs(p50Ms)}, p99 ${showMs(p99Ms)}`,
    compared: `${delays.length} changes`,
    target: { text: 'p99 under 1,000 ms', met: p99Ms < 1000 },
    raw: { p50Ms, p99Ms },
  }
}

/** Ten thousand writes and reads share the processor here, so the number depends mostly on the clients. */
function withoutTarget({ target: _target, ...line }: Line): Line {
  return line
}

function goneLine(what: string, ms: number): Line {
  return {
    what,
    measured: `gone after ${showMs(ms)}`,
    compared: '',
    target: { text: 'within a minute', met: ms < GONE_WITHIN_MS },
    raw: { goneMs: ms },
  }
}
