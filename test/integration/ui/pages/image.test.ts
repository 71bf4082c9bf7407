/** The page of an image in a real browser. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { EVENT_STATES, EVENT_TYPES } from '../../../../src/domain/event.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { storeBuild, storeEvent } from '../../../support/api/api.ts'
import { accessFaults } from '../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../support/api/pages.ts'

const HOUR_MS = 3_600_000
let pages: TestPages
beforeAll(async () => {
  pages = await startPages()
  const { db } = pages.ctx
  for (const n of [1, 2, 3]) {
    const event = await storeEvent(db, { searchKey: String(7000 + n), state: 2 })
    const begin = new Date(Date.UTC(2026, 0, n))
    const done = { event, state: BUILD_STATES.DONE, taskSubmittedAt: begin }
    const base = await storeBuild(db, { ...done, name: 'base', originalNvr: `base-${n}-1` })
    const timeCompleted = new Date(begin.getTime() + n * HOUR_MS)
    const web = await storeBuild(db, {
      ...done,
      name: 'web',
      originalNvr: `web-${n}-1`,
      depOn: base,
      timeCompleted,
    })
    await storeBuild(db, { ...done, name: `shop-${n}`, originalNvr: `shop-${n}-1`, depOn: web })
    const soon = new Date(begin.getTime() + 1000)
    await storeBuild(db, { ...done, name: 'quick', originalNvr: `quick-${n}-1`, timeCompleted: soon })
  }
})
afterAll(() => pages.stop())

type Drawn = { text: string; left: number; right: number }

/** What the chart writes when it is redrawn, with the places of the texts in CSS pixels. */
async function textsOfChart(page: Page, width: number): Promise<Drawn[]> {
  await page.locator('[data-chart] canvas').waitFor()
  await page.evaluate(`
    window.drawn = []
    const { fillText } = CanvasRenderingContext2D.prototype
    CanvasRenderingContext2D.prototype.fillText = function (text, x, ...rest) {
      const { e } = this.getTransform()
      const size = this.measureText(text).width
      const left = x + e - { left: 0, start: 0, center: size / 2, right: size, end: size }[this.textAlign]
      window.drawn.push({ text, left: left / devicePixelRatio, right: (left + size) / devicePixelRatio })
      return fillText.call(this, text, x, ...rest)
    }`)
  await page.setViewportSize({ width, height: 700 })
  const drawn = () => page.evaluate<Drawn[]>('window.drawn')
  await expect.poll(drawn).not.toEqual([])
  return drawn()
}

describe('the chart of an image', () => {
  it.each([
    ['web', 360, 'de-DE', /^[\d,]+ h$/, /^\d+\. Jan\.?$/],
    ['web', 1200, 'en-US', /^[\d.]+ h$/, /^Jan \d+$/],
    ['quick', 360, 'en-US', /^[\d.]+ s$/, /^Jan \d+$/],
    ['quick', 1200, 'fr-FR', /^[\d,]+ s$/, /^\d+ janv\.$/],
  ])(
    'of %s at %d pixels in %s has whole labels in the words of the reader',
    async (name, width, locale, duration, day) => {
      const viewport = { width: width - 20, height: 700 }
      const { page, problems, close } = await pages.open(`/ui/images/${name}`, { locale, viewport })
      const drawn = await textsOfChart(page, width)
      expect(drawn.filter(({ text }) => duration.test(text)).length).toBeGreaterThan(2)
      expect(drawn.some(({ text }) => day.test(text))).toBe(true)
      const room = await page.locator('[data-chart]').evaluate((element) => element.clientWidth)
      expect(
        drawn.filter(({ text, left, right }) => duration.test(text) && (left < 0 || right > room)),
      ).toEqual([])
      expect(problems).toEqual([])
      await close()
    },
  )
})

describe('the page of an image', () => {
  it('shows its rebuilds over all advisories, their durations, its parent and its children', async () => {
    const { page, problems, close } = await pages.open('/ui/images/web')
    expect(await page.locator('tbody th a').allTextContents()).toEqual(['7003', '7002', '7001'])
    expect(await page.getByRole('row', { name: '7003' }).textContent()).toContain('3 h')
    expect(await page.locator('main p').first().textContent()).toBe('Built on base.')
    await page.getByText('3 images are built on it').click()
    expect(await page.locator('details a').allTextContents()).toEqual(['shop-1', 'shop-2', 'shop-3'])
    await page.locator('[data-chart] canvas').waitFor()
    expect(await accessFaults(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('shows how long a task took by the clock of the build system, even if its end was noticed late', async () => {
    const { db } = pages.ctx
    const event = await storeEvent(db, {
      searchKey: '7201',
      eventTypeId: EVENT_TYPES.FreshmakerAsyncManualBuildEvent,
    })
    await db.fork().execute('update events set state = ? where id = ?', [EVENT_STATES.BUILDING, event])
    const build = await storeBuild(db, {
      event,
      name: 'late',
      state: BUILD_STATES.BUILD,
      buildId: 61,
      taskSubmittedAt: new Date(Date.now() - HOUR_MS),
    })
    const verification = { ok: true as const, note: null }
    await applyFact(pages.ctx, event, {
      kind: 'task-closed',
      buildId: build,
      taskId: 61,
      verification,
      seconds: 120,
    })
    const { page, close } = await pages.open('/ui/images/late')
    expect(await page.getByRole('row', { name: '7201' }).textContent()).toContain('2 min')
    await page.getByRole('link', { name: '7201' }).click()
    expect(await page.locator(`tr[data-build="${build}"]`).textContent()).toContain('2 min')
    await close()
  })

  it('is reached from the table of an event', async () => {
    const { page, close } = await pages.open('/ui')
    await page.getByRole('link', { name: '7002' }).click()
    await page.getByRole('row', { name: 'web-2-1' }).getByRole('link', { name: 'history' }).click()
    await page.getByRole('heading', { name: 'web', exact: true }).waitFor()
    await close()
  })

  it('shows which builds were dry runs, in which nothing was built', async () => {
    const { db } = pages.ctx
    const begin = new Date(Date.UTC(2026, 1, 1))
    const done = {
      name: 'tried',
      state: BUILD_STATES.DONE,
      taskSubmittedAt: begin,
      timeCompleted: new Date(begin.getTime() + HOUR_MS),
    }
    const real = await storeEvent(db, { searchKey: '7101', state: 2 })
    const dry = await storeEvent(db, { searchKey: '7102', state: 2, dryRun: true })
    await storeBuild(db, { ...done, event: real, rebuiltNvr: 'tried-1-1.1', buildId: 5 })
    await storeBuild(db, { ...done, event: dry, rebuiltNvr: 'tried-1-1.2', buildId: -5 })
    const { page, close } = await pages.open('/ui/images/tried', { javaScriptEnabled: false })
    expect(await page.getByRole('row', { name: '7101' }).textContent()).toContain('tried-1-1.1')
    const row = await page.getByRole('row', { name: '7102' }).textContent()
    expect(row).toContain('dry run: nothing was built')
    expect(row).not.toMatch(/tried-1-1\.2|1 h/)
    expect(await page.locator('[data-chart]').count()).toBe(0)
    await close()
  })

  it('answers 404 for a name that no event has', async () => {
    expect((await fetch(`${pages.web.url}/ui/images/unknown`)).status).toBe(404)
  })
})
