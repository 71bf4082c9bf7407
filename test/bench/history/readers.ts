/** Many readers of a service with years of history, while it handles a large event: their waiting time, and how much they delay the event. */
import { createTestContext } from '../../support/context.ts'
import type { Bench, Line, QueueStoreChoice, Stage } from '../bench.ts'
import { startChild } from '../child.ts'
import { type Rebuild, type RebuildOptions, rebuild, spreadMs } from '../rebuild/rebuild.ts'
import { median, quantile, show, showMs } from '../statistics.ts'
import { startWeb } from '../web.ts'
import { HISTORY, writeHistory } from './history.ts'
import type { Reading } from './reading-process.ts'

const IMAGES = 1000
const READERS = 200
/** The pause of a reader, as with a page that is reloaded this often. */
const PAUSE_MS = 5000
const TARGETS = { p95Ms: 150, slowdown: 1.2 }
const EVENT: RebuildOptions = {
  images: IMAGES,
  depth: 6,
  builders: 100,
  buildMs: (name) => spreadMs(name, 2000, 6000),
  prepare: migrateAndFill,
}

/** The readers have a separate web process, as in production, and share machine and database with the pipeline. */
export const readers: Bench = {
  name: 'readers',
  explains:
    `${READERS} readers, each with a pause of ${PAUSE_MS / 1000} s after an answer, on ${HISTORY.events.toLocaleString('en-US')} ` +
    `events, while an event of ${IMAGES.toLocaleString('en-US')} images runs; its time as a multiple of that without readers.`,
  async run(stage) {
    const store = await stage.productionStore()
    const alone = wallMs(await rebuild(stage, store, EVENT))
    let reading: Reading = { samples: [], errors: [] }
    const meanwhile = async (databaseUrl: string, env: Record<string, string>) => {
      const { end } = await startReaders(stage, databaseUrl, env)
      return {
        end: async () => {
          reading = await end()
        },
      }
    }
    const accompanied = wallMs(await rebuild(stage, store, { ...EVENT, meanwhile }))
    return [readingLine(reading, accompanied), eventLine(store, alone, accompanied)]
  },
}

async function migrateAndFill(url: string): Promise<void> {
  const ctx = await createTestContext({ DATABASE_URL: url })
  await ctx.close()
  await writeHistory(url, { ended: true })
}

async function startReaders(stage: Stage, databaseUrl: string, env: Record<string, string>) {
  const web = await startWeb(stage, databaseUrl, env)
  const child = await startChild<string>(new URL('./reading-process.ts', import.meta.url), [
    web.report,
    String(READERS),
    String(PAUSE_MS),
  ])
  stage.keep(child, ({ stop }) => stop())
  const end = async (): Promise<Reading> => {
    const measured = (await (await fetch(child.report)).json()) as Reading // from reading-process.ts
    await child.stop()
    await web.stop()
    return measured
  }
  return { end }
}

const wallMs = ({ shippedAt, completeAt }: Rebuild): number => completeAt - shippedAt

function readingLine({ samples, errors }: Reading, eventMs: number): Line {
  if (errors.length > 0) console.log(`  ${errors.length} requests failed, the first: ${errors[0]}`)
  const [p50Ms, p95Ms] = [median(samples), quantile(samples, 0.95)]
  return {
    what: `${READERS} readers`,
    measured: `p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms)}, ${errors.length} errors`,
    compared: `${show((1000 * samples.length) / eventMs)} requests/s`,
    target: {
      text: `0 errors, p95 under ${showMs(TARGETS.p95Ms)}`,
      met: errors.length === 0 && p95Ms < TARGETS.p95Ms,
    },
    raw: { p50Ms, p95Ms, requests: samples.length, errors: errors.length },
  }
}

function eventLine(store: QueueStoreChoice, aloneMs: number, accompaniedMs: number): Line {
  const slowdown = accompaniedMs / aloneMs
  return {
    what: `the event beside them, ${store.name}`,
    measured: showMs(accompaniedMs),
    compared: `x ${show(slowdown)} of ${showMs(aloneMs)}`,
    target: { text: `at most ${show(TARGETS.slowdown)}`, met: slowdown <= TARGETS.slowdown },
    raw: { aloneMs, accompaniedMs },
  }
}
