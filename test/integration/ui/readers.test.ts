/** Checks what all pages owe to readers with paper, a keyboard, a screen reader, or another color scheme. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUILD_STATES } from '../../../src/domain/rebuild/states.ts'
import { storeBuild, storeEvent } from '../../support/api/api.ts'
import { startPages, type TestPages } from '../../support/api/pages.ts'

let pages: TestPages
let event: number
beforeAll(async () => {
  pages = await startPages()
  const { db } = pages.ctx
  event = await storeEvent(db, { searchKey: '7601', state: 1, timeCreated: new Date() })
  for (let n = 1; n <= 60; n += 1) {
    const taskSubmittedAt = new Date(Date.UTC(2026, 0, n))
    const timeCompleted = new Date(taskSubmittedAt.getTime() + n * 60_000)
    const build = { name: n < 4 ? 'web' : `image-${n}`, originalNvr: `image-${n}-1-1`, buildId: n }
    await storeBuild(db, { event, ...build, state: BUILD_STATES.DONE, taskSubmittedAt, timeCompleted })
  }
  const sql = `insert into build_tries (build_id, task_id, began)
    select id, 77, now() from artifact_builds where original_nvr = 'image-9-1-1'`
  await db.fork().execute(sql)
})
afterAll(() => pages.stop())

describe('on paper', () => {
  it('a page is dark on light, tables are whole, and times are exact', async () => {
    const { page, close } = await pages.open(`/ui/events/${event}`, { colorScheme: 'dark' })
    const screen = await page.evaluate('getComputedStyle(document.body).color')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate('getComputedStyle(document.body).color')).not.toBe(screen)
    const table = page.locator('#table .scroll')
    expect(await table.evaluate(({ clientHeight, scrollHeight }) => scrollHeight - clientHeight)).toBe(0)
    const opened = page.locator('#head time').first()
    expect(await opened.textContent()).toMatch(/ago|now/)
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await page.evaluate("document.dispatchEvent(new Event('freshwave:parts'))") // as when something has changed meanwhile
    expect(await opened.textContent()).toContain(String(new Date().getFullYear()))
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(await opened.textContent()).toMatch(/ago|now/)
    await close()
  })
})

describe('the keyboard', () => {
  it('keeps the shortcuts of the browser: to go back, to zoom, to search', async () => {
    const { page, close } = await pages.open(`/ui/events/${event}`)
    await page.locator('[data-graph][data-ready]').waitFor()
    const isLeftAlone = (keys: object) =>
      page.evaluate(`document.querySelector('[data-graph]').dispatchEvent(
        new KeyboardEvent('keydown', { ...${JSON.stringify(keys)}, bubbles: true, cancelable: true }))`)
    const shortcuts = [
      { key: 'ArrowLeft', altKey: true },
      { key: '+', ctrlKey: true },
      { key: '0', metaKey: true },
      { key: '/', ctrlKey: true },
    ]
    for (const shortcut of shortcuts) {
      expect(await isLeftAlone({ key: shortcut.key }), shortcut.key).toBe(false)
      expect(await isLeftAlone(shortcut), shortcut.key).toBe(true)
    }
    await close()
  })
})

describe('a screen reader', () => {
  it('does not hear the same time again and again: where changes are read aloud, times are exact', async () => {
    const { page, close } = await pages.open(`/ui/events/${event}?image=image-9-1-1`)
    const time = page.locator('[aria-live] time[title]').first()
    await time.waitFor({ state: 'attached' })
    expect(await time.textContent()).toBe(await time.getAttribute('title'))
    await close()
  })

  it('hears to which part of the pages a refusal belongs', async () => {
    const { page, close } = await pages.open('/ui/inbox/77')
    expect(await page.locator('nav [aria-current=page]').textContent()).toBe('Inbox')
    await page.goto(`${pages.web.url}/ui/gate/nothing`)
    expect(await page.locator('nav [aria-current=page]').textContent()).toBe('Gate')
    expect(await page.title()).toBe('Not found · Freshwave')
    await close()
  })
})

describe('another color scheme', () => {
  it('is taken over by a chart that is drawn already', async () => {
    const { page, close } = await pages.open('/ui/images/web', { colorScheme: 'light' })
    await page.locator('[data-chart] canvas').waitFor()
    const drawn = `document.querySelector('[data-chart] canvas').toDataURL()`
    const light = await page.evaluate<string>(drawn)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(() => page.evaluate<string>(drawn)).not.toBe(light)
    await close()
  })
})
