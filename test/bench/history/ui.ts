/** The pages in a real browser: the first page with years of history, and an event of ten thousand images. */
import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { BUILD_STATES } from '../../../src/domain/rebuild/states.ts'
import { growForest } from '../../../src/ui/graph/fold.ts'
import { layOut } from '../../../src/ui/graph/layout.ts'
import { startBrowser, type TestBrowser } from '../../support/api/browser.ts'
import { createTestContext } from '../../support/context.ts'
import type { Bench, Line } from '../bench.ts'
import { median, quantile, show, showMs, timed } from '../statistics.ts'
import { startWeb } from '../web.ts'
import { HISTORY, writeHistory } from './history.ts'

const IMAGES = 10_000
const EVENT = HISTORY.events + 1
const VISITS = 10
const CHANGES = 20
const PAN_MS = 3000
const MIB = 2 ** 20

/** Web process, database and browser share the machine. */
export const ui: Bench = {
  name: 'ui',
  explains: `Pages in Chromium, with ${HISTORY.events.toLocaleString('en-US')} events stored and one of ${IMAGES.toLocaleString('en-US')} images.`,
  async run(stage) {
    const url = await stage.newDatabase()
    const ctx = await createTestContext({ DATABASE_URL: url })
    await ctx.close()
    await writeHistory(url)
    await writeLargeEvent(url)
    const { report: web } = await startWeb(stage, url)
    const browser = stage.keep(await startBrowser(), ({ stop }) => stop())
    return [
      await measurePaint(browser, `${web}/ui`, 'the first page'),
      await measurePaint(
        browser,
        `${web}/ui?q=image-7`,
        'a search for images by the beginning of their name',
      ),
      await measurePaint(browser, `${web}/ui/events/${EVENT}`, `an event of ${IMAGES} images, folded`, 2000),
      measureLayout(),
      ...(await measureCanvas(browser, `${web}/ui/events/${EVENT}?view=all`)),
      await measureChange(browser, `${web}/ui/events/${EVENT}`, url),
    ]
  },
}

/** Twenty images without parents, each image below with up to five built on it; some states in between. */
async function writeLargeEvent(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    `insert into events (id, message_id, search_key, event_type_id, state) values (${EVENT}, 'large', '999001', 10, 1)`,
  )
  await client.query(
    `insert into artifact_builds (id, name, original_nvr, type, state, dep_on_id, event_id)
     select ${HISTORY.builds} + n, 'large-' || n || '-container', 'large-' || n || '-container-1-1', 1,
            case when n < 4000 then ${BUILD_STATES.DONE} when n % 50 = 0 then ${BUILD_STATES.FAILED} else ${BUILD_STATES.PLANNED} end,
            case when n > 20 then ${HISTORY.builds} + n / 5 end, ${EVENT} from generate_series(1, ${IMAGES}) n`,
  )
  await client.end()
}

/** Each visit uses a new browser profile with an empty cache. */
async function measurePaint(browser: TestBrowser, url: string, what: string, targetMs = 1000): Promise<Line> {
  const samples: number[] = []
  for (let n = 0; n < VISITS; n += 1) {
    const { page, close } = await browser.visit(url)
    // The page may be loaded before it is painted.
    const painted = await page.waitForFunction(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
    )
    samples.push((await painted.jsonValue()) as number) // of a time that is not undefined any more
    await close()
  }
  const [p50Ms, p95Ms] = [median(samples), quantile(samples, 0.95)]
  return {
    what: `${what}: until the first paint`,
    measured: `p50 ${showMs(p50Ms)}, p95 ${showMs(p95Ms)}`,
    compared: '',
    target: { text: `p95 under ${showMs(targetMs)}`, met: p95Ms < targetMs },
    raw: { p50Ms, p95Ms },
  }
}

function measureLayout(): Line {
  const builds = Array.from({ length: IMAGES }, (_, n) => ({
    id: n + 1,
    name: `image-${n}`,
    originalNvr: `image-${n}-1-1`,
    state: 'DONE' as const,
    parentId: n < 20 ? null : Math.floor((n + 1) / 5),
  }))
  const samples = Array.from({ length: VISITS }, () => {
    const began = performance.now()
    layOut(growForest(builds))
    return performance.now() - began
  })
  const p50Ms = median(samples)
  return {
    what: `layout of ${IMAGES} images on the server`,
    measured: showMs(p50Ms),
    compared: '',
    target: { text: 'under 300 ms', met: p50Ms < 300 },
    raw: { p50Ms },
  }
}

/** All images on the canvas: the time until they are drawn, how smoothly they move, and the memory of the tab. */
async function measureCanvas(browser: TestBrowser, url: string): Promise<Line[]> {
  const began = performance.now()
  const visit = await browser.visit(url, { viewport: { width: 1400, height: 900 } })
  await visit.page.locator('canvas[data-frames]').waitFor()
  const usableMs = performance.now() - began
  const { frames, ms } = await pan(visit.page)
  const perSecond = (frames * 1000) / ms
  const bytes = await privateBytes(browser)
  await visit.close()
  return [
    {
      what: 'all images on the canvas: until they are drawn',
      measured: showMs(usableMs),
      compared: '',
      target: { text: 'under 2,000 ms', met: usableMs < 2000 },
      raw: { usableMs },
    },
    {
      what: 'moving them with the mouse',
      measured: `${show(perSecond)} frames/s`,
      compared: '',
      target: { text: 'at least 30', met: perSecond >= 30 },
      raw: { perSecond },
    },
    {
      what: 'private memory of the tab',
      measured: `${show(bytes / MIB)} MiB`,
      compared: '',
      target: { text: 'under 300 MiB', met: bytes < 300 * MIB },
      raw: { privateBytes: bytes },
    },
  ]
}

async function pan(page: Page): Promise<{ frames: number; ms: number }> {
  const canvas = page.locator('canvas[data-canvas]')
  await canvas.scrollIntoViewIfNeeded()
  const box = await canvas.boundingBox()
  if (!box) throw new Error('The canvas is not on the page.')
  const framesNow = async () => Number(await canvas.getAttribute('data-frames'))
  const before = await framesNow()
  await page.mouse.move(box.x + 300, box.y + 200)
  await page.mouse.down()
  const ms = await timed(async () => {
    const end = performance.now() + PAN_MS
    for (let n = 0; performance.now() < end; n += 1)
      await page.mouse.move(box.x + 300 + 100 * Math.sin(n / 20), box.y + 200 + 100 * Math.cos(n / 20))
  })
  await page.mouse.up()
  return { frames: (await framesNow()) - before, ms }
}

/** The private memory of the largest renderer, which is that of the tab. */
async function privateBytes(browser: TestBrowser): Promise<number> {
  const sizes = (await browser.rendererPids()).map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  })
  return Math.max(...sizes)
}

/** The time from the end of a build in the database until an open page shows it. */
async function measureChange(browser: TestBrowser, url: string, databaseUrl: string): Promise<Line> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { page, close } = await browser.visit(url)
  await page.getByText('Live', { exact: true }).waitFor()
  const samples: number[] = []
  for (let n = 0; n < CHANGES; n += 1) {
    const id = HISTORY.builds + 5001 + n
    const shown = new RegExp(`^${(4000 + n).toLocaleString('en-US')} of`)
    samples.push(
      await timed(async () => {
        await client.query('update artifact_builds set state = 1 where id = $1', [id])
        const payload = { id, state: 1, event_id: EVENT }
        const sql =
          "insert into outbox (event_id, topic, payload, published_at) values ($1, 'build.state.changed', $2, now())"
        await client.query(sql, [EVENT, payload])
        await page.locator('.headline', { hasText: shown }).waitFor()
      }),
    )
  }
  await close()
  await client.end()
  const [p50Ms, p99Ms] = [median(samples), quantile(samples, 0.99)]
  return {
    what: 'a change in the database, until it is on the screen',
    measured: `p50 ${showMs(p50Ms)}, p99 ${showMs(p99Ms)}`,
    compared: '',
    target: { text: 'p99 under 1,000 ms', met: p99Ms < 1000 },
    raw: { p50Ms, p99Ms },
  }
}
