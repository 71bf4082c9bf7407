/** The page of advisories in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeEventAdvisory } from '../../../../src/db/queries/pages/event-advisories.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { storeBuild, storeEvent } from '../../../support/api/api.ts'
import { accessFaults } from '../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../support/api/pages.ts'

let pages: TestPages
beforeAll(async () => {
  pages = await startPages()
  const { db } = pages.ctx
  const running = await storeEvent(db, { searchKey: '7001', state: 1 })
  for (const [index, state] of (['DONE', 'DONE', 'BUILD', 'FAILED'] as const).entries())
    await storeBuild(db, {
      event: running,
      name: `web-${index}-container`,
      originalNvr: `web-${index}-container-1-1`,
      state: BUILD_STATES[state],
    })
  await storeEvent(db, { searchKey: '7002', state: 3, stateReason: 'The hub <b>refused</b> it.' })
  const advisory = {
    name: 'RHSA-2026:7001-01',
    severity: 'important',
    cves: ['CVE-2026-1', 'CVE-2026-2'],
    shippedAt: null,
  }
  await writeEventAdvisory(db.fork(), running, advisory)
  for (let n = 0; n < 30; n += 1) await storeEvent(db, { searchKey: String(8000 + n), state: 2 })
})
afterAll(() => pages.stop())

const advisoriesOn = (page: import('playwright-core').Page) => page.locator('tbody th a').allInnerTexts()

describe('the page of advisories', () => {
  it('lists the newest first with state, progress and reason, and opens without errors or other hosts', async () => {
    const { page, problems, close } = await pages.open('/ui')
    expect((await advisoriesOn(page)).slice(0, 2)).toEqual(['8029', '8028'])
    expect(await page.locator('.pager').textContent()).toContain('32 events, page 1 of 2')
    await page.getByRole('link', { name: 'Next' }).click()
    const row = page.getByRole('row', { name: '7001' })
    expect(await row.textContent()).toMatch(
      /important[\s\S]*Building[\s\S]*2 of 4 images rebuilt, 1 failed, 1 building/,
    )
    expect(await page.getByRole('row', { name: '7002' }).textContent()).toContain(
      'The hub <b>refused</b> it.',
    )
    expect(problems).toEqual([])
    await close()
  })

  it.each([
    ['an advisory', '7001', ['7001']],
    ['the name of an advisory', 'rhsa-2026:7001', ['7001']],
    ['the name of an advisory with another revision', 'RHSA-2026:7001-02', ['7001']],
    ['the beginning of a name', 'web-', ['7001']],
    ['an NVR', 'web-3-container-1-1', ['7001']],
    ['a CVE', 'cve-2026-2', ['7001']],
    ['something unknown', 'xyz', []],
  ])('finds %s', async (_what, text, expected) => {
    const { page, close } = await pages.open('/ui')
    await page.keyboard.press('/')
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=/)
    expect(await advisoriesOn(page)).toEqual(expected)
    await close()
  })

  it('goes to the search by the key / unless the reader has turned that off, or a modifier or a field has it', async () => {
    const { page, close } = await pages.open('/ui')
    const press = async (key: string) => {
      await page.locator('h1').first().click()
      await page.keyboard.press(key)
      return page.evaluate<boolean>("document.activeElement?.matches('input[type=search]')")
    }
    expect(await press('Control+/')).toBe(false)
    expect(await press('/')).toBe(true)
    await page.keyboard.type('a/b')
    expect(await page.locator('input[type=search]').inputValue()).toBe('a/b')
    const choice = page.getByLabel('Key / goes to the search')
    await choice.uncheck()
    expect(await press('/')).toBe(false)
    await page.reload()
    expect(await choice.isChecked()).toBe(false)
    expect(await press('/')).toBe(false)
    await choice.check()
    expect(await press('/')).toBe(true)
    await page.goto(`${pages.web.url}/ui/what-if`)
    expect(await choice.isVisible()).toBe(false)
    await close()
  })

  it('filters by state without scripts', async () => {
    const { page, close } = await pages.open('/ui', { javaScriptEnabled: false })
    await page.getByLabel('Failed').check()
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await advisoriesOn(page)).toEqual(['7002'])
    await close()
  })

  it.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (colorScheme) => {
    const { page, close } = await pages.open('/ui', { colorScheme })
    expect(await accessFaults(page)).toEqual([])
    await close()
  })

  it('is what browsers get at the root, while clients get JSON', async () => {
    const { page, close } = await pages.open('/')
    expect(new URL(page.url()).pathname).toBe('/ui')
    await close()
    expect(await (await fetch(pages.web.url)).json()).toMatchObject({ name: 'freshwave' })
  })
})
