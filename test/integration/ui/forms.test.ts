/** Forms in a real browser: over plain HTTP, beside other tabs, pressed twice, and malformed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moveAdvisory } from '../../../lab/services/errata/ship.ts'
import { storeBuild, storeEvent } from '../../support/api/api.ts'
import { PLAIN_HOST } from '../../support/api/browser.ts'
import { startPages, type TestPages } from '../../support/api/pages.ts'
import { startWorld, type TestWorld } from '../../support/lab/world.ts'
import { labSettings } from '../../support/pipeline.ts'

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

async function runningEvent(): Promise<number> {
  const event = await storeEvent(pages.ctx.db, { searchKey: '7501', state: 1 })
  await storeBuild(pages.ctx.db, { event, originalNvr: 'a-1-1' })
  return event
}

const urlAs = (host: string, path: string) => {
  const url = new URL(path, pages.web.url)
  url.hostname = host
  return url.href
}

describe('a form', () => {
  it('is accepted over plain HTTP too, where browsers do not report from which site it comes', async () => {
    const event = await runningEvent()
    const { page, close } = await pages.browser.visit(urlAs(PLAIN_HOST, `/ui/events/${event}/cancel`))
    const sent = page.waitForRequest((request) => request.method() === 'POST')
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await (await sent).allHeaders()).not.toHaveProperty('sec-fetch-site')
    await page.locator('.title .state.CANCELED').waitFor()
    await close()
  })

  it('stays valid when another tab opens the pages by a link from another site', async () => {
    const event = await runningEvent()
    const path = `/ui/events/${event}/cancel`
    const { page, close } = await pages.browser.visit(urlAs('localhost', path))
    const other = await page.context().newPage()
    await other.goto(urlAs('127.0.0.1', '/ui'))
    await other.evaluate(`location.href = '${urlAs('localhost', path)}'`)
    await other.waitForURL(`**localhost**${path}`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('.title .state.CANCELED').waitFor()
    await close()
  })

  it('that is pressed twice is sent once', async () => {
    const event = await runningEvent()
    const { page, close } = await pages.open(`/ui/events/${event}/cancel`)
    const prevented = await page.evaluate(`(() => {
      const seen = []
      addEventListener('submit', (event) => {
        seen.push(event.defaultPrevented)
        event.preventDefault()
      })
      for (const button of Array(2).fill(document.querySelector('button.danger'))) button.click()
      return seen
    })()`)
    expect(prevented).toEqual([false, true])
    await close()
  })

  it('that is sent twice, as without scripts, opens one event', async () => {
    const ended = await storeEvent(pages.ctx.db, { searchKey: '133001', state: 2, eventTypeId: 13 })
    const url = `${pages.web.url}/ui/events/${ended}/plan-again`
    const answer = await fetch(url)
    const fields = [...(await answer.text()).matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)]
    const body = new URLSearchParams(Object.fromEntries(fields.map(([, name, value]) => [name, value])))
    const headers = {
      cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '',
      'sec-fetch-site': 'same-origin',
    }
    const send = () => fetch(url, { method: 'POST', body, headers, redirect: 'manual' })
    const answers = [await send(), await send()]
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    const [first, second] = answers.map((each) => each.headers.get('location'))
    expect(first).not.toContain(`/${ended}`)
    expect(second).toBe(first)
  })

  it.each(['', '%E0%A4%A'])('has a token of its own where the cookie has lost it: %j', async (lost) => {
    const event = await runningEvent()
    const headers = { cookie: `freshwave-form=${lost}` }
    const answer = await fetch(`${pages.web.url}/ui/events/${event}/cancel`, { headers })
    const [, token] = /name="form_token" value="([^"]*)"/.exec(await answer.text()) ?? []
    expect(token).toMatch(/^[\w-]{32}$/)
    expect(answer.headers.get('set-cookie')).toContain(`freshwave-form=${token};`)
  })

  it('that no browser could have sent is refused', async () => {
    const event = await runningEvent()
    const answer = await fetch(`${pages.web.url}/ui/events/${event}/cancel`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', cookie: 'freshwave-form=abc' },
      body: 'rubbish',
    })
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('The form cannot be read: reload the page and try again.'),
    ])
  })
})
