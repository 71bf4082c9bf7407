/** Checks who sees and does what on the pages: the roles of the API, by its guards, for each kind of caller. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../support/api/api.ts'
import { type Logins, startLogins, type TestUser } from '../../support/api/logins.ts'

let logins: Logins
let api: TestApi
let event: number
let own: number
beforeAll(async () => {
  logins = await startLogins('ssl')
  api = await startApi(logins.env, logins.file)
  event = await storeEvent(api.ctx.db, { searchKey: '7001', state: 1 })
  own = await storeEvent(api.ctx.db, { searchKey: '7002', state: 1, requester: logins.nameOf('owner') })
  await storeBuild(api.ctx.db, { event, originalNvr: 'a-1-1' })
})
afterAll(async () => {
  await api.drop()
  await logins.stop()
})

const get = async (path: string, user: TestUser | null) => {
  const { from, headers } = user ? await logins.as(user) : logins.anonymous
  const response = await api.request(path, { from, headers })
  return { status: response.status, text: await response.text() }
}

describe('on the pages', () => {
  it.each([
    ['/ui/queues', { anonymous: 401, stranger: 403, rebuilder: 403, admin: 200 }],
    ['/ui/inbox', { anonymous: 401, stranger: 403, rebuilder: 403, admin: 200 }],
    ['/ui/inbox/1', { anonymous: 401, stranger: 403, rebuilder: 403, admin: 404 }],
    ['/ui', { anonymous: 200, stranger: 200, rebuilder: 200, admin: 200 }],
  ] as const)('%s is for those that the API admits', async (path, expected) => {
    const statuses: Record<string, number> = {}
    for (const user of Object.keys(expected))
      statuses[user] = (await get(path, user === 'anonymous' ? null : (user as TestUser))).status
    expect(statuses).toEqual(expected)
  })

  it('a refusal is a page with the text of the API', async () => {
    const { text } = await get('/ui/queues', 'rebuilder')
    expect(text).toContain('does not have any of the following roles: admin')
    expect(text).toContain('<h1>Not allowed</h1>')
  })

  it('a button is shown to those that may use it', async () => {
    const hasButton = async (id: number, user: TestUser | null) =>
      (await get(`/ui/events/${id}`, user)).text.includes('Cancel…')
    for (const user of [null, 'stranger', 'rebuilder', 'owner'] as const)
      expect(await hasButton(event, user)).toBe(false)
    expect(await hasButton(event, 'admin')).toBe(true)
    expect(await hasButton(own, 'owner')).toBe(true)
    expect(await hasButton(own, 'rebuilder')).toBe(false)
  })

  it('what the log has from audit and inbox is for those that may read these', async () => {
    const subject = `event ${event}`
    const insert = `insert into audit (who, credential, door, action, subject, outcome) values ('kay', 'none', 'api', 'cancel', ?, 'refused')`
    await api.ctx.db.fork().execute(insert, [subject])
    expect((await get(`/ui/events/${event}`, 'admin')).text).toContain('cancel by kay: refused')
    expect((await get(`/ui/events/${event}`, 'owner')).text).not.toContain('by kay')
  })
})

describe('while logins cannot be checked', () => {
  it('pages can be read without buttons, and what needs a login is refused', async () => {
    const file = { auth_openidc_issuer: 'http://127.0.0.1:1', auth_openidc_audience: 'freshwave' }
    const apart = await startApi({ AUTH_BACKEND: 'openidc' }, JSON.stringify(file))
    const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
    const headers = {
      authorization: `Bearer ${part({ alg: 'RS256', kid: 'a' })}.${part({ sub: 'kay' })}.c2ln`,
    }
    expect((await apart.request('/ui', { headers })).status).toBe(200)
    expect((await apart.request('/ui/queues', { headers })).status).toBe(503)
    await apart.drop()
  })
})

describe('a form', () => {
  const post = async (headers: Record<string, string>, body: string, user: TestUser = 'admin') => {
    const login = await logins.as(user)
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...login.headers, ...headers }
    return api.request(`/ui/events/${event}/cancel`, {
      method: 'POST',
      from: login.from,
      headers: form,
      body,
    })
  }
  const OWN = { 'sec-fetch-site': 'same-origin', cookie: 'freshwave-form=abc' }

  it.each([
    ['without its token', OWN, ''],
    ['with another token', OWN, 'form_token=abd'],
    ['without the cookie', { 'sec-fetch-site': 'same-origin' }, 'form_token='],
    ['of another site', { ...OWN, 'sec-fetch-site': 'cross-site' }, 'form_token=abc'],
    ['of a sibling site', { ...OWN, 'sec-fetch-site': 'same-site' }, 'form_token=abc'],
    [
      'that names another origin',
      { cookie: OWN.cookie, origin: 'https://evil.example.com' },
      'form_token=abc',
    ],
  ])('%s changes nothing', async (_what, headers, body) => {
    expect((await post(headers as Record<string, string>, body)).status).toBe(403)
    expect((await get(`/ui/events/${event}`, null)).text).toContain('data-state="BUILDING"')
  })

  it('of a caller without the role changes nothing, and the audit names the caller', async () => {
    expect((await post(OWN, 'form_token=abc', 'stranger')).status).toBe(403)
    expect((await post(OWN, 'form_token=abc', 'rebuilder')).status).toBe(403)
    expect((await get(`/ui/events/${event}`, null)).text).toContain('data-state="BUILDING"')
    const audit = await api.ctx.db
      .fork()
      .execute("select who, action, subject, outcome from audit where who <> 'kay' order by id")
    const refused = { action: 'cancel', subject: `event ${event}`, outcome: 'refused' }
    expect(audit).toEqual([
      { ...refused, who: logins.nameOf('stranger') },
      { ...refused, who: logins.nameOf('rebuilder') },
    ])
  })

  it('of our own page, by an admin, cancels, and the audit names the admin', async () => {
    const response = await post(OWN, 'form_token=abc')
    expect([response.status, response.headers.get('location')]).toEqual([303, `/ui/events/${event}`])
    const audit = await api.ctx.db
      .fork()
      .execute("select who, action, outcome from audit where action = 'cancel' and outcome = 'done'")
    expect(audit).toEqual([{ who: logins.nameOf('admin'), action: 'cancel', outcome: 'done' }])
  })
})

describe('every page', () => {
  it.each(['/ui', '/ui/gate', '/ui/nothing', '/ui/events/0'])(
    '%s has the strict policy and nothing inline',
    async (path) => {
      const response = await api.request(path, logins.anonymous)
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toContain('unsafe')
      expect(response.headers.get('referrer-policy')).toBe('same-origin')
      expect(await response.text()).not.toMatch(
        / style=|<style| on\w+=|<script(?! type="importmap"| type="module" src)/,
      )
    },
  )

  it('puts the prefix of the proxy before every link', async () => {
    const response = await api.request('/ui', {
      from: logins.anonymous.from,
      headers: { ...logins.anonymous.headers, 'x-script-name': '/fresh' },
    })
    const text = await response.text()
    const links = [...text.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(([, link]) => link ?? '')
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter((link) => !link.startsWith('/fresh/'))).toEqual([])
  })

  it.each(['/ui', '/ui/gate', '/ui/nothing'])(
    '%s with a slash at its end leads to it, below the prefix of the proxy',
    async (path) => {
      const response = await api.request(`${path}/?state=DONE`, {
        from: logins.anonymous.from,
        headers: { ...logins.anonymous.headers, 'x-script-name': '/fresh' },
      })
      expect([response.status, response.headers.get('location')]).toEqual([308, `/fresh${path}?state=DONE`])
    },
  )

  it('serves the files of its list, and no other', async () => {
    expect((await api.request('/ui/assets/live.js', logins.anonymous)).status).toBe(200)
    for (const name of ['tsconfig.json', '../assets.ts', '..%2fassets.ts', 'x.js'])
      expect((await api.request(`/ui/assets/${name}`, logins.anonymous)).status, name).toBe(404)
  })
})
