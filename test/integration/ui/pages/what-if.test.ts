/** The page "What if" in a real browser, with the lab's services behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessFaults } from '../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../support/api/pages.ts'
import { startWorld, type TestWorld } from '../../../support/lab/world.ts'
import { labSettings } from '../../../support/pipeline.ts'

let world: TestWorld
let pages: TestPages
beforeAll(async () => {
  world = await startWorld()
  pages = await startPages({ env: world.env, file: labSettings('') })
})
afterAll(async () => {
  await pages.stop()
  await world.stop()
})

describe('the page "What if"', () => {
  it('shows the plan of an advisory, and stores nothing', async () => {
    const { page, problems, close } = await pages.open('/ui/what-if')
    await page.getByLabel('Advisory').fill(' 133001 ') // as pasted
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await page.getByText('34 images would be rebuilt').waitFor()
    expect(await page.locator('tbody tr').count()).toBe(34)
    expect(await page.getByText('would not be rebuilt').count()).toBe(1)
    expect(await accessFaults(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
    const [row] = await pages.ctx.db
      .fork()
      .execute<{ events: number }[]>('select count(*)::int as events from events')
    expect(row).toEqual({ events: 0 })
  })

  it('shows the plan for RPMs without an advisory', async () => {
    const { page, problems, close } = await pages.open('/ui/what-if')
    await page.getByLabel('or RPMs').fill('openssl-libs-1:1.1.1k-14.el8_9\nopenssl-libs-1:3.0.7-27.el9_3')
    await page.getByRole('button', { name: 'Show the plan' }).click()
    await page.getByRole('heading', { name: '2 fixed RPMs' }).waitFor()
    await page.getByText('images would be rebuilt').waitFor()
    expect(await page.locator('tbody tr').first().textContent()).toContain('the named RPMs:')
    expect(await accessFaults(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it.each([
    ['advisory=999999', 'does not know advisory 999999'],
    ['advisory=abc', '"abc" is not the number of an advisory'],
    ['rpms=a-1-1%0Aopenssl', '"openssl" is not a name-version-release'],
    ['advisory=133001&rpms=a-1-1', 'Give either an advisory or RPMs.'],
    ['advisory=133001&content-sets=a', 'Content sets apply only to RPMs'],
  ])('shows what is wrong with %s', async (fields, message) => {
    const { page, close } = await pages.open(`/ui/what-if?${fields}`)
    expect(await page.locator('.message').textContent()).toContain(message)
    await close()
  })
})
