/** Pages with the longest and oddest texts: readable on a phone, no text is taken for markup, and empty lists have a text. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InboxMessage } from '../../../src/db/entities/index.ts'
import { BUILD_STATES } from '../../../src/domain/rebuild/states.ts'
import { storeBuild, storeEvent } from '../../support/api/api.ts'
import { accessFaults } from '../../support/api/browser.ts'
import { startPages, type TestPages } from '../../support/api/pages.ts'

const MARKUP = '"><script>alert(1)</script>'
const LONG = 'x'.repeat(400)
const REASON = `${MARKUP}${'e'.repeat(10_000)}`
const NAME = `${MARKUP}/..%2f?#`
const WIDTH = 360

let pages: TestPages
let event: number
let empty: number
beforeAll(async () => {
  pages = await startPages()
  const { db } = pages.ctx
  empty = await storeEvent(db, { searchKey: '7400', state: 2 })
  event = await storeEvent(db, {
    searchKey: `${MARKUP}${LONG}`,
    state: 3,
    requester: `\u202e${MARKUP}${LONG}`,
    stateReason: REASON,
  })
  const failed = { event, state: BUILD_STATES.FAILED, stateReason: REASON, buildId: 5 }
  const base = await storeBuild(db, { ...failed, name: NAME, originalNvr: `${LONG}-1-1` })
  await storeBuild(db, { event, name: 'without-nvr', depOn: base })
  await db.fork().insert(InboxMessage, {
    messageId: `m-${crypto.randomUUID()}`,
    topic: `topic://${LONG}`,
    body: Buffer.from(`{"a": "${LONG}"}\0\u202e`),
    properties: {},
    state: 'failed',
    reason: REASON,
  } as InboxMessage) // the rest has defaults
})
afterAll(() => pages.stop())

const DECISION = `subject_type=koji_build&subject_identifier=${LONG}&product_version=${LONG}&decision_context=x`

describe('on a phone', () => {
  it('no page with the longest texts is wider than the screen', async () => {
    const paths = [
      '/ui',
      `/ui/events/${event}?image=${LONG}-1-1`,
      `/ui/events/${event}/retry`,
      `/ui/images/${encodeURIComponent(NAME)}`,
      `/ui/images/${LONG}`,
      '/ui/inbox',
      '/ui/inbox/1',
      `/ui/gate?${DECISION}`,
      `/ui/what-if?rpms=${LONG}`,
      `/ui?q=${LONG}`,
    ]
    const { page, problems, close } = await pages.open('/ui', { viewport: { width: WIDTH, height: 740 } })
    const widths: Record<string, unknown> = {}
    for (const path of paths) {
      await page.goto(`${pages.web.url}${path}`)
      widths[path] = await page.evaluate('document.documentElement.scrollWidth')
    }
    expect(widths).toEqual(Object.fromEntries(paths.map((path) => [path, WIDTH])))
    // The last has a table that is wider, with nothing in it that takes the focus.
    expect(await accessFaults(page)).toEqual([])
    expect(problems.filter((problem) => !problem.includes('404'))).toEqual([])
    await close()
  })

  it('the reason for the state of an image scrolls into view, also when its link was far below', async () => {
    const { page, close } = await pages.open(`/ui/events/${event}`, {
      viewport: { width: WIDTH, height: 740 },
    })
    await page.locator('#table tbody th a').last().click()
    await page.locator('#why h3', { hasText: 'without-nvr' }).waitFor()
    const isInView = `(() => {
      const { top, bottom } = document.querySelector('#why h3').getBoundingClientRect()
      return top >= 0 && bottom <= innerHeight
    })()`
    await expect.poll(() => page.evaluate<boolean>(isInView)).toBe(true)
    await close()
  })
})

const SIGNS: Record<string, string> = { '&quot;': '"', '&gt;': '>', '&lt;': '<' }

describe('a list', () => {
  const textOf = async (path: string) => {
    const text = await (await fetch(`${pages.web.url}${path}`)).text()
    return text
      .replace(/^.*<main[^>]*>|<\/main>.*$|<[^>]*>/gs, '')
      .replace(/&quot;|&gt;|&lt;/g, (sign) => SIGNS[sign] ?? sign)
  }

  it.each([
    ['/ui?state=SKIPPED', 'No events in the selected states.'],
    ['/ui?page=99', 'The list ends before page 99. First page'],
    ['/ui/inbox?state=ignored', 'No messages in the selected states.'],
    ['/ui/inbox?page=7', 'The list ends before page 7. First page'],
  ])('without rows shows why: %s', async (path, text) => {
    expect(await textOf(path)).toContain(text)
    expect(await textOf(path)).not.toMatch(/page (?:99|7) of/)
  })

  it('of builds shows why it has no rows', async () => {
    expect(await textOf(`/ui/events/${empty}`)).toContain('There are no builds.')
    expect(await textOf(`/ui/events/${event}?find=null`)).toContain('No builds match.')
    expect(await textOf(`/ui/events/${event}?page=3`)).toContain('The list ends before page 3.')
  })

  it('of builds finds those without an NVR by what it shows of them, and keeps the order when it is filtered', async () => {
    const { page, close } = await pages.open(`/ui/events/${event}?sort=-image`, { javaScriptEnabled: false })
    await page.getByLabel('NVR has').fill('without')
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await page.locator('#table tbody th a').allTextContents()).toEqual(['without-nvr'])
    expect(await page.locator('th[aria-sort=descending]').textContent()).toBe('Image')
    await close()
  })

  it('has the beginning of a long reason, and the page of the event all of it', async () => {
    expect((await textOf('/ui')).length).toBeLessThan(3000)
    expect(await textOf(`/ui/events/${event}`)).toContain(REASON)
  })
})
