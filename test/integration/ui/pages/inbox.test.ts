/** The page of the inbox in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InboxMessage } from '../../../../src/db/entities/index.ts'
import { accessFaults } from '../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../support/api/pages.ts'

let pages: TestPages
beforeAll(async () => {
  pages = await startPages()
  const store = (row: object) =>
    pages.ctx.db.fork().insert(InboxMessage, {
      messageId: `m-${crypto.randomUUID()}`,
      topic: 'topic://VirtualTopic.eng.errata.activity.status',
      body: Buffer.from('{"errata_id": 7, "to": "SHIPPED_LIVE"}'),
      properties: {},
      ...row,
    } as InboxMessage) // the rest has defaults
  await store({ state: 'done', meaning: { kind: 'advisory-shipped', errataId: 7 } })
  await store({ state: 'failed', reason: 'The body <script>alert(1)</script> is not valid.' })
})
afterAll(() => pages.stop())

describe('the page of the inbox', () => {
  it('lists what each message was taken to mean, and why one failed', async () => {
    const { page, problems, close } = await pages.open('/ui/inbox')
    const rows = await page.locator('tbody tr').allTextContents()
    expect(rows[0]).toContain('The body <script>alert(1)</script> is not valid.')
    expect(rows[1]).toContain('advisory-shipped: errataId 7')
    await page.getByLabel('failed').check()
    await page.getByRole('button', { name: 'Show' }).click()
    await page.waitForURL(/state=failed/)
    expect(await page.locator('tbody tr').count()).toBe(1)
    expect(await accessFaults(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('reads a failed message again', async () => {
    const { page, problems, close } = await pages.open('/ui/inbox?state=failed')
    await page.locator('tbody a').click()
    expect(await page.locator('pre').textContent()).toBe('{"errata_id": 7, "to": "SHIPPED_LIVE"}')
    await page.getByRole('button', { name: 'Read it again' }).click()
    await page.getByText('The message was read again.').waitFor()
    expect(await page.locator('main').textContent()).toContain('advisory-shipped: errataId 7')
    expect(problems).toEqual([])
    await close()
  })
})
