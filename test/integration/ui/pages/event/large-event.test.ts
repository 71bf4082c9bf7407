/** The page of an event of thousands of images: folded as SVG, and all of them on a canvas. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUILD_STATES } from '../../../../../src/domain/rebuild/states.ts'
import type { CanvasGraph } from '../../../../../src/ui/graph/svg.ts'
import { storeEvent } from '../../../../support/api/api.ts'
import { accessFaults } from '../../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../../support/api/pages.ts'
import { eventually } from '../../../../support/eventually.ts'

const IMAGES = 3000
let pages: TestPages
let event: number
beforeAll(async () => {
  pages = await startPages()
  event = await storeEvent(pages.ctx.db, { searchKey: '7201', state: 1 })
  await pages.ctx.db.fork().execute(
    `insert into artifact_builds (id, name, original_nvr, type, state, dep_on_id, event_id)
     select n, 'image-' || n, 'image-' || n || '-1-1', 1, case when n = ${IMAGES} then ${BUILD_STATES.FAILED} else ${BUILD_STATES.PLANNED} end,
            case when n > 1 then 1 end, ? from generate_series(1, ${IMAGES}) n`,
    [event],
  )
})
afterAll(() => pages.stop())

describe('a large event', () => {
  it('is folded: alike images are one node, those that differ and the critical path have their own', async () => {
    const { page, problems, close } = await pages.open(`/ui/events/${event}`)
    const labels = await page.locator('svg.graph .node text').allTextContents()
    expect(labels.toSorted()).toEqual(['2,997 images planned', 'image-1', 'image-2', `image-${IMAGES}`])
    expect(await page.locator('svg.graph .node.critical text').allTextContents()).toEqual([
      'image-1',
      'image-2',
    ])
    expect(await page.locator('#table tbody tr').count()).toBe(100)
    expect(await accessFaults(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('is drawn on a canvas, where a click shows the reason, keys move, and a change is drawn', async () => {
    const { page, problems, close } = await pages.open(`/ui/events/${event}`)
    await page.getByRole('link', { name: 'Draw all of them' }).click()
    const canvas = page.locator('canvas[data-frames]')
    await canvas.waitFor()
    const answer = await fetch(`${pages.web.url}/ui/events/${event}/graph.json`)
    const graph = (await answer.json()) as CanvasGraph // our own answer
    expect(graph.nodes).toHaveLength(IMAGES)
    expect(graph.critical).toEqual([1, 2])
    const [, x = 0, y = 0, , , , nvr = ''] = graph.nodes[1] ?? []
    await canvas.click({ position: { x, y } })
    await page.locator('#why h3', { hasText: nvr }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    // One statement, as the service stores both together: the page may fetch the graph again after it has drawn the change.
    const sql = `with changed as (update artifact_builds set state = ? where id = 2 returning id, state)
      insert into outbox (event_id, topic, payload, published_at)
      select ?, 'build.state.changed', to_jsonb(changed), now() from changed`
    await pages.ctx.db.fork().execute(sql, [BUILD_STATES.DONE, event])
    const pixel = `[...document.querySelector('canvas').getContext('2d').getImageData(${x}, ${y}, 1, 1).data]`
    const color = () => page.evaluate<number[]>(pixel)
    await eventually(color, ([red, green]) => Number(green) > 2 * Number(red)) // the green of what is rebuilt
    await canvas.press('ArrowRight')
    await eventually(color, ([red, green]) => Number(green) <= 2 * Number(red))
    expect(problems).toEqual([])
    await close()
  })

  it('is drawn again on its canvas when its page was hidden: what changed meanwhile was not reported', async () => {
    const { page, problems, close } = await pages.open(`/ui/events/${event}?view=all`)
    await page.locator('canvas[data-frames]').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const setVisibility = (state: string) =>
      page.evaluate(`
        Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))`)
    await setVisibility('hidden')
    await pages.ctx.db
      .fork()
      .execute('update artifact_builds set state = ? where id = 3', [BUILD_STATES.DONE])
    const answer = await fetch(`${pages.web.url}/ui/events/${event}/graph.json`)
    const [, x = 0, y = 0] = ((await answer.json()) as CanvasGraph).nodes.find(([id]) => id === 3) ?? []
    const color = () =>
      page.evaluate<number[]>(
        `[...document.querySelector('canvas').getContext('2d').getImageData(${x}, ${y}, 1, 1).data]`,
      )
    await setVisibility('visible')
    await eventually(color, ([red, green]) => Number(green) > 2 * Number(red))
    expect(problems).toEqual([])
    await close()
  })
})
