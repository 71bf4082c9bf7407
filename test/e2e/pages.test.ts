/** The pages beside a running pipeline: changes appear on the screen, and a cancel reaches the pipeline. */
import { expect, it, onTestFinished } from 'vitest'
import { startPages } from '../support/api/pages.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const ADVISORY = 133001

it('an advisory that ships appears and is followed to its end, and no reader has to reload a page', async () => {
  const { world, pipeline } = await runningPipeline({}, { env: { PORT: '0' } })
  const pages = await startPages({ ctx: pipeline.ctx })
  onTestFinished(pages.stop)
  const list = await pages.open('/ui')
  world.ship(ADVISORY)
  const link = list.page.getByRole('link', { name: String(ADVISORY) })
  await link.waitFor()
  await link.click()
  await list.page.locator('.title .state.COMPLETE').waitFor()
  await list.page.evaluate('window.marked = true')
  const event = await pipeline.untilEnded(ADVISORY)
  const done = event.builds.filter(({ state }) => state === 'DONE').length
  await list.page
    .locator('.headline', { hasText: `${done} of ${event.builds.length} images rebuilt` })
    .waitFor()
  expect(await list.page.locator('svg.graph .node.DONE').count()).toBe(done)
  expect(await list.page.evaluate('window.marked')).toBe(true)
  expect(await list.page.locator('#head').textContent()).toMatch(/RHSA-\d+:\d+-\d+, \w+: CVE-/)
  expect(list.problems).toEqual([])
})

it('a running event is canceled after a preview of what that does', async () => {
  const { world, pipeline } = await runningPipeline(
    { builder: { durationMs: () => 600_000 } },
    { env: { PORT: '0' } },
  )
  const pages = await startPages({ ctx: pipeline.ctx })
  onTestFinished(pages.stop)
  world.ship(ADVISORY)
  const { page, problems } = await pages.open('/ui')
  await page.getByRole('link', { name: String(ADVISORY) }).click()
  await page.locator('.graph .node.BUILD').first().waitFor()
  await page.getByRole('link', { name: 'Cancel…' }).click()
  await page.getByText('would be canceled in the build system').waitFor()
  expect(await page.locator('main li').count()).toBeGreaterThan(3)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.locator('.title .state.CANCELED').waitFor()
  expect((await pipeline.untilEnded(ADVISORY)).state).toBe('CANCELED')
  await page.getByText('A change was requested').waitFor()
  expect(problems).toEqual([])
})
