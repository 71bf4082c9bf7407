/** The page of an event in a real browser: what it shows, how it follows changes, and what may be done on it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUILD_STATES, type BuildState } from '../../../../../src/domain/rebuild/states.ts'
import { storeBuild, storeEvent } from '../../../../support/api/api.ts'
import { accessFaults } from '../../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../../support/api/pages.ts'

let pages: TestPages
let event: number
const builds: Partial<Record<BuildState, number>> = {}

beforeAll(async () => {
  pages = await startPages({
    env: { ERRATA_URL: 'http://errata.invalid', KOJI_BASE_URL: 'http://koji.invalid/kojihub' },
    file: 'release_gates: [{decision_context: ship, product_version: rhel-9}]',
  })
  const { db } = pages.ctx
  event = await storeEvent(db, { searchKey: '7001', state: 1, requester: 'kay' })
  let depOn: number | undefined
  for (const state of ['DONE', 'BUILD', 'PLANNED', 'FAILED', 'CANCELED'] as const) {
    const name = `${state.toLowerCase()}-container`
    const nvr = `${name}-1-1`
    const rebuiltNvr = state === 'DONE' ? `${name}-1-2` : null
    depOn = await storeBuild(db, {
      event,
      name,
      originalNvr: nvr,
      rebuiltNvr,
      depOn: state === 'BUILD' || state === 'PLANNED' ? depOn : undefined,
      buildId: state === 'PLANNED' ? null : 100 + BUILD_STATES[state],
      state: BUILD_STATES[state],
      stateReason: state === 'FAILED' ? 'The <i>Dockerfile</i> is broken.' : null,
    })
    builds[state] = depOn
    const insert = `insert into considered_images (event_id, nvr, outcome, rule, reason) values (?, ?, 'rebuild', 'rpm', ?)`
    await db.fork().execute(insert, [event, nvr, `It has an old package of ${name}.`])
  }
})
afterAll(() => pages.stop())

const path = () => `/ui/events/${event}`
const shapes = (page: Page) =>
  page.locator('svg.graph .node').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('class')))

describe('the page of an event', () => {
  it('shows how far it is, and draws each image with color and shape', async () => {
    const { page, problems, close } = await pages.open(path())
    expect(await page.locator('.headline').textContent()).toBe(
      '1 of 5 images rebuilt, 1 failed, 1 canceled, 1 building',
    )
    expect((await shapes(page)).toSorted()).toEqual([
      'node BUILD critical',
      'node CANCELED',
      'node DONE',
      'node FAILED',
      'node PLANNED critical',
    ])
    const outlines = await page
      .locator('svg.graph .node path')
      .evaluateAll((all) => all.map((each) => each.getAttribute('d')))
    expect(new Set(outlines).size).toBe(5)
    expect(await page.locator('svg.graph .edge').count()).toBe(2)
    expect(await page.locator('h1 a').getAttribute('href')).toBe('http://errata.invalid/advisory/7001')
    const links = page.getByRole('row', { name: 'done-container-1-1' }).locator('.links a')
    expect(await links.allTextContents()).toEqual(['history', 'task', 'results', 'waivers'])
    expect(problems).toEqual([])
    await close()
  })

  it('shows when it will be done, what it then waits for, and which images may go out', async () => {
    const insert = `insert into event_forecasts (event_id, at, p50, p90, work_done)
      values (?, '2026-11-28T10:00Z', '2026-11-28T11:00Z', '2026-11-28T12:00Z', 0), (?, '2026-11-28T10:01Z', ?, ?, 0.1)`
    await pages.ctx.db.fork().execute(insert, [event, event, '2126-11-28T14:20Z', '2126-11-28T14:55Z'])
    const { page, close } = await pages.open(path(), { javaScriptEnabled: false })
    const text = await page.locator('#forecast').textContent()
    expect(text).toContain('Done about 2126-11-28 14:20 UTC, at the latest 2126-11-28 14:55 UTC')
    expect(text).toContain('Critical path (marked in the graph): build-container → planned-container')
    const gate = await page.locator('#gate').textContent()
    expect(gate).toContain('0 of 1 rebuilt image may go out')
    expect(gate).toContain('done-container-1-2: no policy applies')
    await page.locator('svg.graph').getByText('planned-container', { exact: true }).click()
    expect(await page.locator('#why').textContent()).toMatch(/waits for .*build-container/i)
    await page.goto(`${pages.web.url}/ui?q=7001`)
    expect(await page.locator('#list tbody').textContent()).toContain('about 2126-11-28 14:20 UTC')
    await close()
  })

  it('does not expect an end in the past', async () => {
    const { page, close } = await pages.open(path(), { javaScriptEnabled: false })
    for (const [p50, p90, inList, text] of [
      ['2026-11-28T14:20Z', '2126-11-28T14:55Z', 'soon', 'Done soon, at the latest 2126-11-28 14:55 UTC'],
      ['2026-11-28T14:20Z', '2026-11-28T14:55Z', 'overdue', 'expected to be done by 2026-11-28 14:55 UTC'],
    ] as const) {
      const update = `update event_forecasts set p50 = ?, p90 = ? where event_id = ? and work_done > 0`
      await pages.ctx.db.fork().execute(update, [p50, p90, event])
      await page.goto(`${pages.web.url}${path()}`)
      expect(await page.locator('#forecast').textContent()).toContain(text)
      await page.goto(`${pages.web.url}/ui?q=7001`)
      expect(await page.locator('#list td[data-label=Done]').textContent()).toBe(inList)
    }
    await close()
  })

  it('shows the reason for the state of an image, with scripts and without', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, close } = await pages.open(path(), { javaScriptEnabled })
      await page.locator('svg.graph').getByText('failed-container', { exact: true }).click()
      await page.locator('#why h3').waitFor()
      expect(await page.locator('#why').textContent()).toContain('It has an old package of failed-container.')
      expect(await page.locator('#why').textContent()).toContain('The <i>Dockerfile</i> is broken.')
      await close()
    }
  })

  it('sorts and filters the table without scripts', async () => {
    const { page, close } = await pages.open(path(), { javaScriptEnabled: false })
    const first = () => page.locator('#table tbody th a').first().textContent()
    await page.getByRole('link', { name: 'Image', exact: true }).click()
    expect(await first()).toBe('build-container-1-1')
    await page.getByRole('link', { name: 'Image', exact: true }).click()
    expect(await first()).toBe('planned-container-1-1')
    await page.getByLabel('NVR has').fill('canceled')
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await page.locator('#table tbody tr').count()).toBe(1)
    await close()
  })

  it.each(['light', 'dark'] as const)('has no fault that axe finds, %s', async (colorScheme) => {
    const { page, close } = await pages.open(path(), { colorScheme })
    expect(await accessFaults(page)).toEqual([])
    await close()
  })

  it('is readable on a phone: nothing is wider than the screen', async () => {
    const { page, close } = await pages.open(path(), { viewport: { width: 360, height: 740 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await close()
  })

  it('answers 404 for an event that does not exist, as a page', async () => {
    const { page, close } = await pages.open('/ui/events/999999')
    expect(await page.locator('main').textContent()).toContain('There is no event 999999.')
    await close()
  })
})
