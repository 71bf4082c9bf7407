/** Retrying and rebuilding from the page of an event, in a real browser: the preview shows what the API then does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moveAdvisory } from '../../../../../lab/services/errata/ship.ts'
import { EVENT_STATES, EVENT_TYPES } from '../../../../../src/domain/event.ts'
import { BUILD_STATES, rebuildReasonId } from '../../../../../src/domain/rebuild/states.ts'
import { storeBuild, storeEvent } from '../../../../support/api/api.ts'
import { accessFaults } from '../../../../support/api/browser.ts'
import { startPages, type TestPages } from '../../../../support/api/pages.ts'
import { startWorld, type TestWorld } from '../../../../support/lab/world.ts'
import { labSettings } from '../../../../support/pipeline.ts'

let world: TestWorld
let pages: TestPages
beforeAll(async () => {
  world = await startWorld()
  moveAdvisory(world.lab.world, 133001, 'SHIPPED_LIVE')
  pages = await startPages({ env: world.env, file: labSettings('') })
})
afterAll(async () => {
  await pages.stop()
  await world.stop()
})

/** An image that the advisory affects and nothing is built on. */
const REBUILT = 'ledger-container-1.9-13'

/** An event that ended with one image rebuilt, one failed, and one that was built on that. */
async function endedEvent(searchKey: string, dryRun = false): Promise<number> {
  const { db } = pages.ctx
  const event = await storeEvent(db, { searchKey, state: 2, eventTypeId: 13, dryRun })
  const build = (name: string, state: keyof typeof BUILD_STATES, depOn?: number) =>
    storeBuild(db, { event, name, originalNvr: `${name}-1-1`, state: BUILD_STATES[state], depOn })
  await build('fine', 'DONE')
  await build('child', 'FAILED', await build('broken', 'FAILED'))
  return event
}

/** Lets further events of the advisory be opened. */
async function cancelWaiting(searchKey: string): Promise<void> {
  const { CANCELED, INITIALIZED } = EVENT_STATES
  await pages.ctx.db
    .fork()
    .execute('update events set state = ? where search_key = ? and state = ?', [
      CANCELED,
      searchKey,
      INITIALIZED,
    ])
}

describe('an ended event', () => {
  it('is retried after a preview of what is built again, in a new event to which the page goes', async () => {
    const event = await endedEvent('7101')
    const { page, problems, close } = await pages.open(`/ui/events/${event}`)
    await page.getByRole('link', { name: 'Retry failed…' }).click()
    await page.getByText('A new event would build 2 images again').waitFor()
    expect(await page.locator('main li').allTextContents()).toEqual([
      '✘ Failed broken-1-1',
      '✘ Failed child-1-1',
    ])
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Retry failed' }).click()
    await page.getByText(`Resumes event ${event}`).first().waitFor()
    expect(new URL(page.url()).pathname).not.toBe(`/ui/events/${event}`)
    await page.getByRole('link', { name: `event ${event}`, exact: true }).click()
    await page.waitForURL(`**/ui/events/${event}`)
    expect(problems).toEqual([])
    await close()
  })

  it('is not retried twice: the preview names the open event, and has no button', async () => {
    const event = await endedEvent('7102')
    await fetch(`${pages.web.url}/api/2/events/${event}/retry`, { method: 'POST' })
    const { page, close } = await pages.open(`/ui/events/${event}/retry`)
    expect(await page.locator('.message').textContent()).toMatch(/^Event \d+ already resumes event \d+\.$/)
    expect(await page.getByRole('button').count()).toBe(0)
    await close()
  })

  it('that failed before it had builds is retried too, in an event that searches again', async () => {
    const { db } = pages.ctx
    const by = { eventTypeId: EVENT_TYPES.FreshmakerAsyncManualBuildEvent, searchKey: 'async_build_7' }
    const event = await storeEvent(db, { ...by, state: EVENT_STATES.FAILED, distGitBranch: 'rhel-8' })
    const { page, problems, close } = await pages.open(`/ui/events/${event}`)
    await page.getByRole('link', { name: 'Retry failed…' }).click()
    await page.getByText('A new event would search again.').waitFor()
    await page.getByRole('button', { name: 'Retry failed' }).click()
    await page.getByText(`Resumes event ${event}`).first().waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('without an advisory is not rebuilt as one, though its key is a number', async () => {
    const { db } = pages.ctx
    const eventTypeId = EVENT_TYPES.MBSModuleStateChangeEvent
    const event = await storeEvent(db, { searchKey: '133001', state: EVENT_STATES.COMPLETE, eventTypeId })
    const page = await (await fetch(`${pages.web.url}/ui/events/${event}`)).text()
    expect(page).toContain('133001')
    expect(page).not.toMatch(/Rebuild…|Plan again…|advisory\/133001/)
  })

  it('whose advisory the Errata Tool knows is rebuilt after its plan is shown', async () => {
    const event = await endedEvent('133001')
    const { page, problems, close } = await pages.open(`/ui/events/${event}`)
    await page.getByRole('link', { name: 'Rebuild…' }).click()
    await page.getByText('34 images would be rebuilt').waitFor()
    await page.getByRole('button', { name: 'Rebuild' }).click()
    await page.locator('.title .state.INITIALIZED').waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('is not rebuilt while none of its images could be', async () => {
    await cancelWaiting('133001')
    const event = await endedEvent('133001')
    const { lab } = world
    moveAdvisory(lab.world, 133001, 'REL_PREP') // its RPMs are in two tags
    const page = await (await fetch(`${pages.web.url}/ui/events/${event}/rebuild`)).text()
    moveAdvisory(lab.world, 133001, 'SHIPPED_LIVE')
    expect(page).toContain('0 images would be rebuilt, 34 cannot be built')
    expect(page).toContain('Packages for errata advisory 133001 found in multiple different tags.')
    expect(page).not.toContain('<button')
  })

  it('is planned again in an event that depends on it: what is rebuilt stays, and a rebuild builds that too', async () => {
    const event = await endedEvent('133001')
    const { db } = pages.ctx
    await cancelWaiting('133001')
    await db
      .fork()
      .execute(
        'update artifact_builds set original_nvr = ?, rebuilt_nvr = ?, rebuild_reason = ? where event_id = ? and state = ?',
        [REBUILT, `${REBUILT}.1700000000`, rebuildReasonId('directly_affected'), event, BUILD_STATES.DONE],
      )
    const { page, problems, close } = await pages.open(`/ui/events/${event}/rebuild`)
    await page.getByText('34 images would be rebuilt').waitFor()
    await page.goto(`${pages.web.url}/ui/events/${event}`)
    const button = page.getByRole('link', { name: 'Plan again…' })
    expect(await button.getAttribute('title')).toContain('in a new event that depends on this one')
    await button.click()
    await page.getByText('33 images would be rebuilt').waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Plan again' }).click()
    await page.locator('.title .state.INITIALIZED').waitFor()
    const opened = Number(page.url().split('/').at(-1))
    const links = await db
      .fork()
      .execute('select event_dependency_id as id from event_dependencies where event_id = ?', [opened])
    expect(links).toEqual([{ id: event }])
    const audited = await db.fork().execute('select action, outcome from audit where event_id = ?', [opened])
    expect(audited).toEqual([{ action: 'rebuild', outcome: 'done' }])
    expect(problems).toEqual([])
    await close()
  })

  it.each([
    ['plan-again', 'Plan again'],
    ['rebuild', 'Rebuild'],
  ])('that was a dry run is followed by a dry run: %s', async (change, name) => {
    await cancelWaiting('133001')
    const event = await endedEvent('133001', true)
    const { page, close } = await pages.open(`/ui/events/${event}/${change}`)
    await page.getByRole('button', { name }).click()
    await page.locator('.title .state.INITIALIZED').waitFor()
    expect(await page.locator('.facts').first().textContent()).toContain(', a dry run')
    await close()
  })

  it.each([
    ['cancel', EVENT_STATES.COMPLETE, 13, /^Event \d+ is already COMPLETE and cannot be canceled\.$/],
    ['rebuild', EVENT_STATES.BUILDING, 13, /^Event \d+ has not ended yet\.$/],
    ['plan-again', EVENT_STATES.COMPLETE, 14, /^Event \d+ is not about an advisory\.$/],
  ])('is not offered what is no longer possible: %s', async (change, state, eventTypeId, message) => {
    const event = await storeEvent(pages.ctx.db, { searchKey: '7104', state, eventTypeId })
    const { page, close } = await pages.open(`/ui/events/${event}/${change}`)
    expect(await page.locator('.message').textContent()).toMatch(message)
    expect(await page.getByRole('button').count()).toBe(0)
    await close()
  })

  it('shows what the API refuses', async () => {
    const event = await endedEvent('7103')
    const { page, close } = await pages.open(`/ui/events/${event}/retry`)
    await fetch(`${pages.web.url}/api/2/events/${event}/retry`, { method: 'POST' })
    await page.getByRole('button', { name: 'Retry failed' }).click()
    await page.getByText(`already resumes event ${event}`).waitFor()
    await close()
  })
})
