/** The book in a browser: readable without scripts, in dark and light, on a phone and on paper, by everyone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessFaults } from '../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../support/api/pages.ts'

const CHAPTERS = ['', 'policies.html', 'runbooks/FreshwaveNoWorker.html']
const DISPLAY = 'getComputedStyle(document.body).display'
const WIDER_THAN_SCREEN = 'document.documentElement.scrollWidth - innerWidth'

let pages: TestPages
beforeAll(async () => {
  pages = await startPages()
})
afterAll(() => pages.stop())

describe('the book in a browser', () => {
  it.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (colorScheme) => {
    for (const chapter of CHAPTERS) {
      const { page, close } = await pages.open(`/docs/guide/${chapter}`, { colorScheme })
      expect(await accessFaults(page), chapter).toEqual([])
      await close()
    }
  })

  it('is styled and can be followed by its links without scripts, and loads nothing that its policy refuses', async () => {
    const { page, problems, close } = await pages.open('/docs/guide/', { javaScriptEnabled: false })
    expect(await page.evaluate(DISPLAY)).toBe('grid')
    await page.getByRole('link', { name: 'Next: First steps' }).click()
    await page.getByRole('navigation').getByText('Alerts').click()
    await page.getByRole('link', { name: 'FreshwaveNoWorker' }).click()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('FreshwaveNoWorker')
    expect(problems).toEqual([])
    await close()
  })

  it.each([320, 1200])('fits on a screen of %i pixels', async (width) => {
    for (const chapter of CHAPTERS) {
      const { page, close } = await pages.open(`/docs/guide/${chapter}`, { viewport: { width, height: 900 } })
      expect(await page.evaluate(WIDER_THAN_SCREEN), chapter).toBe(0)
      await close()
    }
  })

  it('prints the text alone', async () => {
    const { page, close } = await pages.open('/docs/guide/running.html')
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('navigation').isVisible()).toBe(false)
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true)
    await close()
  })
})
