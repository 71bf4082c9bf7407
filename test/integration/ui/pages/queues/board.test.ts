/** The board of the queues in a real browser. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startPages, type TestPages } from '../../../../support/api/pages.ts'

let pages: TestPages
beforeAll(async () => {
  pages = await startPages()
})
afterAll(() => pages.stop())

it('the board loads everything from this server, and nothing that the policy forbids', async () => {
  const { page, problems, close } = await pages.open('/queues')
  await page.getByText('discover').first().waitFor()
  await page.waitForLoadState('networkidle')
  expect(problems).toEqual([])
  await close()
})
