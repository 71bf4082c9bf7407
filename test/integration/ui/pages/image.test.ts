/** The page of an image in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
  }
})
afterAll(() => pages.stop())

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

  it('is reached from the table of an event', async () => {
    const { page, close } = await pages.open('/ui')
    await page.getByRole('link', { name: '7002' }).click()
    await page.getByRole('row', { name: 'web-2-1' }).getByRole('link', { name: 'history' }).click()
    await page.getByRole('heading', { name: 'web', exact: true }).waitFor()
    await close()
  })

  it('answers 404 for a name that no event has', async () => {
    expect((await fetch(`${pages.web.url}/ui/images/unknown`)).status).toBe(404)
  })
})
