/** Checks whom events and the audit name: the user that has logged in, whatever the request claims (behaviour/freshmaker 3, 4). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startApi, storeEvent, type TestApi } from '../../../support/api/api.ts'
import { type Logins, startLogins, type TestUser } from '../../../support/api/logins.ts'

const CANCEL = JSON.stringify({ action: 'cancel' })
const ASYNC = JSON.stringify({
  dist_git_branch: 'f1',
  container_images: ['httpd'],
  requester: 'another',
})

let logins: Logins
let api: TestApi
beforeAll(async () => {
  logins = await startLogins('ssl')
  api = await startApi(logins.env, logins.file)
})
afterAll(async () => {
  await api?.drop()
  await logins?.stop()
})
beforeEach(() => api.ctx.db.fork().execute('delete from audit'))

/** Sends a request of a user; undefined: without a login. */
async function send(method: string, path: string, body: string, user?: TestUser) {
  const caller = user ? await logins.as(user) : logins.anonymous
  const response = await api.request(path, { ...caller, method, body })
  return { status: response.status, json: JSON.parse(await response.text()) }
}

async function audited() {
  const { items } = await api.json('/api/2/audit', 200, await logins.as('admin'))
  return items.map(({ action, who, credential, outcome, subject, detail }: Record<string, unknown>) => ({
    action,
    who,
    credential,
    outcome,
    subject,
    detail,
  }))
}

describe('the name of a requester', () => {
  it('is that of the login, in the event, its message and the audit', async () => {
    const { status, json } = await send('POST', '/api/1/async-builds/', ASYNC, 'async')
    const name = logins.nameOf('async')
    expect([status, json.requester]).toEqual([200, name])
    const [message] = await api.ctx.db
      .fork()
      .execute<{ payload: object }[]>('select payload from outbox where event_id = ?', [json.id])
    expect(message?.payload).toMatchObject({ requester: name })
    expect(await audited()).toMatchObject([
      { action: 'async-rebuild', who: name, credential: 'certificate', outcome: 'done' },
    ])
  })

  it('is in the reason of a canceled event, and of one that is resumed', async () => {
    const event = await storeEvent(api.ctx.db, { requester: logins.nameOf('owner') })
    const canceled = await send('PATCH', `/api/2/events/${event}`, CANCEL, 'owner')
    const name = logins.nameOf('owner')
    expect(canceled.json.state_reason).toBe(`Event id ${event} requested for canceling by user ${name}`)
    const body = JSON.stringify({ requester: 'another' })
    const resumed = await send('POST', `/api/2/events/${event}/retry`, body, 'rebuilder')
    expect(resumed.status).toBe(200)
    const { requester } = await api.json(`/api/2/events/${resumed.json.event_id}`)
    expect(requester).toBe(logins.nameOf('rebuilder'))
    expect(await audited()).toMatchObject([
      { action: 'retry', who: logins.nameOf('rebuilder'), outcome: 'done' },
      { action: 'cancel', who: name, outcome: 'done' },
    ])
  })
})

describe('a refusal', () => {
  it('for a missing role is in the audit with the user', async () => {
    expect((await send('PATCH', '/api/1/events/7', CANCEL, 'async')).status).toBe(403)
    expect(await audited()).toEqual([
      {
        action: 'cancel',
        who: logins.nameOf('async'),
        credential: 'certificate',
        outcome: 'refused',
        subject: 'event 7',
        detail: expect.stringContaining('does not have any of the following roles'),
      },
    ])
  })

  it("to cancel someone else's event comes after the lookup of the event, is in the audit, and changes nothing", async () => {
    const event = await storeEvent(api.ctx.db, { requester: logins.nameOf('owner') })
    const missing = await send('PATCH', '/api/1/events/99999', CANCEL, 'rebuilder')
    expect([missing.status, missing.json.message]).toEqual([400, 'No such event found.'])
    const text = "You must be an admin to cancel someone else's event."
    const refused = await send('PATCH', `/api/1/events/${event}`, CANCEL, 'rebuilder')
    expect([refused.status, refused.json.message]).toEqual([403, text])
    expect((await api.json(`/api/1/events/${event}`)).state_name).toBe('INITIALIZED')
    expect(await audited()).toMatchObject([
      { who: logins.nameOf('rebuilder'), outcome: 'refused', subject: `event ${event}`, detail: text },
      { outcome: 'refused', detail: 'No such event found.' },
    ])
  })

  it('of a request without a login leaves no row', async () => {
    expect((await send('PATCH', '/api/1/events/7', CANCEL)).status).toBe(401)
    expect((await send('POST', '/api/2/builds/', '{}')).status).toBe(401)
    expect(await audited()).toEqual([])
  })
})
