/** Checks how pages stay up to date in a real browser: after every kind of failure, and without taking away what the reader is doing. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeBuild, storeEvent } from '../../support/api/api.ts'
import { startPages, type TestPages } from '../../support/api/pages.ts'
import { eventually } from '../../support/eventually.ts'

const BUILDS = 120
const STREAM = /\/api\/2\/stream/
const PART = /[?&]part=/

let pages: TestPages
let event: number
beforeAll(async () => {
  pages = await startPages()
  event = await storeEvent(pages.ctx.db, { searchKey: '7301', state: 1 })
  for (let n = 1; n <= BUILDS; n += 1)
    await storeBuild(pages.ctx.db, { event, name: `image-${n}`, originalNvr: `image-${n}-1-1` })
})
afterAll(() => pages.stop())

const path = () => `/ui/events/${event}`
let changes = 0

/** Something that the page shows, as a change of which a stream reports. Returns the new text. */
async function change(): Promise<string> {
  changes += 1
  const reason = `change ${changes}`
  const em = pages.ctx.db.fork()
  await em.execute('update events set state_reason = ? where id = ?', [reason, event])
  const sql = `insert into outbox (event_id, topic, payload, published_at)
    values (?, 'event.state.changed.min', jsonb_build_object('id', ?::int, 'state', 1), now())`
  await em.execute(sql, [event, event])
  return reason
}

const untilShown = (page: Page, text: string) => page.locator('#head', { hasText: text }).waitFor()
const untilSaid = (page: Page, text: string) =>
  page.locator('#live').getByText(text, { exact: true }).waitFor()
const untilLive = (page: Page) => untilSaid(page, 'Live')

/** Open, connected, and after a first change: what the page had before may be replaced once. */
async function openLive() {
  const visit = await pages.open(path(), { viewport: { width: 1400, height: 900 } })
  await untilLive(visit.page)
  await untilShown(visit.page, await change())
  return visit
}

/** Hides or shows the page, as when the reader changes to another tab. */
async function setVisibility(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)
}

describe('a page that is watched', () => {
  it('connects again after an answer that is not a stream, as of a proxy without a server behind it', async () => {
    const { page, close } = await openLive()
    await setVisibility(page, 'hidden')
    let refused = 0
    await page.route(STREAM, (route) => {
      refused += 1
      return route.fulfill({ status: 502, contentType: 'text/html', body: 'Bad Gateway' })
    })
    await setVisibility(page, 'visible')
    await untilSaid(page, 'Not connected, retrying')
    await eventually(
      () => refused,
      (count) => count >= 2,
    )
    const missed = await change()
    await page.unroute(STREAM)
    await untilLive(page)
    await untilShown(page, missed)
    await close()
  })

  it.each([
    ['the service answers 503', { status: 503, body: '' }],
    ['load the page again', { status: 200, contentType: 'text/html', body: '<h1>Log in</h1>' }],
  ])('shows where it is seen that it is not up to date, and why: %s; and catches up', async (why, answer) => {
    const { page, close } = await openLive()
    await page.route(PART, (route) => route.fulfill(answer))
    const missed = await change()
    await untilSaid(page, `Not up to date: ${why}`)
    expect(await page.evaluate(`getComputedStyle(document.querySelector('#live')).position`)).toBe('fixed')
    await page.unroute(PART)
    await untilShown(page, missed)
    await untilLive(page)
    await close()
  })

  it('leaves a busy service time for other work: after a slow answer it waits longer', async () => {
    const { page, close } = await openLive()
    const answerMs = 1200
    const pausesMs: number[] = []
    let answeredAt: number | undefined
    await page.route(PART, async (route) => {
      if (answeredAt !== undefined) pausesMs.push(performance.now() - answeredAt)
      const response = await route.fetch()
      await sleep(answerMs)
      answeredAt = performance.now()
      await route.fulfill({ response })
    })
    const changed = async () => {
      await change()
      return pausesMs.length
    }
    await eventually(changed, (count) => count >= 2)
    expect(Math.min(...pausesMs)).toBeGreaterThan(3 * answerMs)
    await page.unrouteAll({ behavior: 'wait' })
    await close()
  })

  it('shows within a minute what no stream reports, such as a later forecast', async () => {
    const { page, close } = await pages.open(path())
    await page.clock.install()
    await page.reload()
    await untilLive(page)
    await untilShown(page, await change())
    const insert = `insert into event_forecasts (event_id, at, p50, p90, work_done) values (?, now(), ?, ?, 0)`
    await pages.ctx.db.fork().execute(insert, [event, '2031-02-03T04:05Z', '2031-02-03T06:07Z'])
    await page.clock.fastForward(61_000)
    await page.locator('#forecast time[datetime^="2031-02-03T04:05"]').waitFor()
    await close()
  })

  it('does not forget how far its reader has scrolled, nor where the focus is', async () => {
    const { page, problems, close } = await openLive()
    const table = page.locator('#table .scroll')
    await table.evaluate((element) => {
      element.focus()
      element.scrollTop = 700
    })
    await pages.ctx.db.fork().execute(`update artifact_builds set state = 1 where name = 'image-1'`)
    await change()
    await page.locator('#table .state.DONE').first().waitFor()
    expect(await table.evaluate((element) => element.scrollTop)).toBe(700)
    expect(await page.evaluate('document.activeElement.className')).toBe('scroll')
    expect(problems).toEqual([])
    await close()
  })

  it('shows changes while its reader types, and keeps what is typed', async () => {
    const { page, close } = await openLive()
    await page.getByLabel('NVR has').fill('image-11')
    await pages.ctx.db.fork().execute(`update artifact_builds set state = 2 where name = 'image-2'`)
    await change()
    await page.locator('#table tbody .state.FAILED').waitFor()
    expect(await page.getByLabel('NVR has').inputValue()).toBe('image-11')
    await page.keyboard.press('Enter')
    await page.waitForURL(/find=image-11/)
    expect(await page.locator('#table tbody tr').count()).toBe(11)
    await close()
  })

  it('leads to the next page of its table, not to a piece of it', async () => {
    const { page, close } = await openLive()
    await page.locator('#table').getByRole('link', { name: 'Next' }).click()
    await page.waitForURL(/page=2/)
    expect(await page.locator('nav[aria-label="Pages"]').count()).toBe(1)
    expect(await page.locator('#table tbody tr').count()).toBe(BUILDS - 100)
    await close()
  })
})
