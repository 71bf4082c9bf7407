/**
 * Every route, with every login, for every kind of caller: status and text, as the OpenAPI document has them (behaviour/freshmaker
 * 3, 4). A new route needs an entry in `ROUTES` (`test/support/api/routes.ts`), or the first test fails.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, startLab } from '../../../../lab/start.ts'
import { openBoard } from '../../../../src/api/board.ts'
import { BOARD_ROOT } from '../../../../src/api/routes/queues.ts'
import { type Incoming, startApi, storeBuild, storeEvent, type TestApi } from '../../../support/api/api.ts'
import { type ApiDocument, faultOfAnswer, isDescribed, needsLogin } from '../../../support/api/document.ts'
import { LOGINS, type Logins, startLogins, USERS } from '../../../support/api/logins.ts'
import {
  type Guard,
  isGuarded,
  ROUTES,
  type Route,
  refusalFor,
  servedRoute,
  servedRoutes,
} from '../../../support/api/routes.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'
import { hasSlapd } from '../../../support/servers/slapd.ts'

let lab: Lab
beforeAll(async () => {
  lab = await startLab({ catalogue: smallCatalogue([{ nvr: 'base-8-1' }]) })
})
afterAll(() => lab.stop())

/** What a caller gets: the status, and the message of a refusal. */
type Outcome = { status: number; message?: string }
/** An API with the name of the owner of events, and its OpenAPI document. */
type Served = { api: TestApi; owner: string; document: ApiDocument; checked: Set<string> }

async function serve(owner: string, env = {}, file = '', reader: Incoming = {}): Promise<Served> {
  const api = await startApi({ ...lab.urls, ...env }, file)
  const event = await storeEvent(api.ctx.db)
  await storeBuild(api.ctx.db, { event })
  const document = await api.json('/openapi.json', 200, reader)
  return { api, owner, document, checked: new Set() }
}

const serveWith = async (logins: Logins, settings = '') =>
  serve(
    logins.nameOf('owner'),
    logins.env,
    `${logins.file.slice(0, -1)}${settings}}`,
    await logins.as('admin'),
  )

async function outcomeOf({ api, owner, ...served }: Served, each: Route, caller: Incoming): Promise<Outcome> {
  const path = await each.path(api, owner)
  const headers = { ...caller.headers, ...(each.body && { 'Content-Type': 'application/json' }) }
  const method = each.method === 'ALL' ? 'GET' : each.method
  const response = await api.request(path, { ...caller, headers, method, body: each.body })
  const { status } = response
  const text = await response.text()
  if (path === '/health/ready' && status === 503) return { status: 200 } // a busy machine was late; also an answer
  expectDescribed(served, method, path, { status, headers: response.headers, text })
  if (status !== 401 && status !== 403) return { status }
  const { message, ...rest } = JSON.parse(text)
  const error = status === 401 ? 'Unauthorized' : 'Forbidden'
  expect(rest).toEqual(path.startsWith('/api/v1.0/') ? {} : { status, error })
  return { status, message }
}

/** Each answer of a status is compared once; the others have the same form. */
function expectDescribed(
  { document, checked }: Omit<Served, 'api' | 'owner'>,
  method: string,
  url: string,
  answer: { status: number; headers: Headers; text: string },
): void {
  const [path = ''] = url.split('?')
  const key = `${method} ${path.replace(/\d+/g, '1')} ${answer.status}`
  if (checked.has(key) || !isDescribed(document, method, path)) return
  checked.add(key)
  expect(faultOfAnswer(document, method, path, answer), key).toBeNull()
}

async function outcomes(served: Served, caller: Incoming): Promise<Record<string, Outcome>> {
  const found: Record<string, Outcome> = {}
  for (const each of ROUTES) found[each.name] = await outcomeOf(served, each, caller)
  return found
}

const expected = (of: (route: Route) => Outcome): Record<string, Outcome> =>
  Object.fromEntries(ROUTES.map((each) => [each.name, of(each)]))

/** The routes that need a login according to the document. */
async function expectSecurity({ api, owner, document }: Served, isClosed: (guard: Guard) => boolean) {
  for (const each of ROUTES) {
    const [path = ''] = (await each.path(api, owner)).split('?')
    if (!isDescribed(document, each.method, path)) continue
    expect(needsLogin(document, each.method, path), each.name).toBe(isClosed(each.guard))
  }
}

/** What requests get without any authentication: the same as those that may pass get with it. */
let statuses: Record<string, Outcome>
const statusOf = ({ name }: Route): Outcome => statuses[name] ?? { status: 0 }

describe('without authentication', () => {
  let served: Served
  beforeAll(async () => {
    served = await serve('han_solo')
    statuses = await outcomes(served, { from: '127.0.0.1' })
  })
  afterAll(() => served.api.drop())

  it('every route has an entry in this table', () => {
    expect([...new Set(ROUTES.map(servedRoute))].toSorted()).toEqual(servedRoutes(served.api))
  })

  it('every caller passes, without a name, and every request succeeds', async () => {
    const redirected = /^ALL |^GET \/docs(\/guide)?$|^GET \/api\/v1\.0\/version$/
    const passed = (name: string) =>
      name.endsWith('/stream') ? [400] : redirected.test(name) ? [302, 308] : []
    const failed = Object.entries(statuses).filter(
      ([name, { status }]) => status !== 200 && !passed(name).includes(status),
    )
    expect(failed).toEqual([])
    const em = served.api.ctx.db.fork()
    expect(await em.execute('select distinct who, credential from audit')).toEqual([
      { who: null, credential: 'none' },
    ])
    expect(await em.execute('select * from users')).toEqual([])
  })

  it('no operation is described as needing a login', async () => {
    expect(served.document.components).not.toHaveProperty('securitySchemes')
    await expectSecurity(served, () => false)
  })
})

describe.each(Object.keys(LOGINS))('with %s', (kind) => {
  const isMissing = kind.startsWith('kerberos') && !hasSlapd
  let logins: Logins
  let served: Served
  beforeAll(async () => {
    if (isMissing) return
    logins = await startLogins(kind)
    served = await serveWith(logins)
    await served.api.ctx.db.fork().execute('truncate users restart identity') // the reader of the document
    await served.api.ctx.db.fork().execute('delete from audit')
  })
  afterAll(async () => {
    await served?.api.drop()
    await logins?.stop()
  })

  it.skipIf(isMissing)('an anonymous caller may only read, and leaves no row', async () => {
    const found = await outcomes(served, logins.anonymous)
    const refused = { status: 401, message: logins.refusal }
    expect(found).toEqual(expected((each) => (isGuarded(each.guard) ? refused : statusOf(each))))
    const em = served.api.ctx.db.fork()
    expect(await em.execute('select * from users')).toEqual([])
    expect(await em.execute('select * from audit')).toEqual([])
  })

  it.skipIf(isMissing).each(USERS)('%s may do what its roles allow', async (user) => {
    const found = await outcomes(served, await logins.as(user))
    expect(found).toEqual(
      expected((each) => {
        if (!isGuarded(each.guard)) return statusOf(each)
        const message = refusalFor(each.guard, user, logins.nameOf(user))
        return message ? { status: 403, message } : statusOf(each)
      }),
    )
  })

  it.skipIf(isMissing)('each user has one row, from the first request on', async () => {
    const rows = await served.api.ctx.db
      .fork()
      .execute<{ id: number; username: string }[]>('select * from users order by id')
    expect(rows.map(({ username }) => username)).toEqual(USERS.map((user) => logins.nameOf(user)))
    expect(rows.map(({ id }) => id)).toEqual(USERS.map((_user, index) => index + 1))
  })

  it.skipIf(isMissing)('the OpenAPI document has the login, for the guarded operations', async () => {
    expect(served.document.components.securitySchemes).toEqual(logins.schemes)
    await expectSecurity(served, isGuarded)
  })

  it.skipIf(isMissing)('read_requires_login lets any user read, and leaves probes open', async () => {
    const closed = await serveWith(logins, ', "read_requires_login": true')
    const refused = { status: 401, message: logins.refusal }
    const found = await outcomes(closed, logins.anonymous)
    expect(found).toEqual(expected((each) => (each.guard === 'open' ? statusOf(each) : refused)))
    const reader = await outcomes(closed, await logins.as('stranger'))
    expect(reader).toEqual(
      expected((each) => {
        if (!isGuarded(each.guard)) return statusOf(each)
        return { status: 403, message: refusalFor(each.guard, 'stranger', logins.nameOf('stranger')) }
      }),
    )
    await expectSecurity(closed, (guard) => guard !== 'open')
    const elsewhere = await closed.api.request('/no/such/path', logins.anonymous)
    expect(elsewhere.status).toBe(401)
    const page = { ...logins.anonymous, headers: { accept: 'text/html' } }
    const refusal = await (await closed.api.request('/ui', page)).text()
    const [style] = /\/ui\/assets\/[\w.-]+\.css/.exec(refusal) ?? []
    expect((await closed.api.request(style ?? '', logins.anonymous)).status).toBe(200)
    await closed.api.drop()
  })
})

describe('the board of the queues', () => {
  it('is for this machine alone without authentication', async () => {
    const { api } = await serve('han_solo')
    const refused = await api.request('/queues', { from: '10.0.0.9' })
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('only available from this machine')
    expect((await api.request('/queues/api/queues', { from: '127.0.0.1' })).status).toBe(200)
    await api.drop()
  })

  it('is for admins on each of its routes, those that change jobs too', async () => {
    const logins = await startLogins('ssl')
    const { api } = await serveWith(logins)
    const routes = openBoard(api.ctx, BOARD_ROOT).routes.filter(({ path }) => !path.includes('*'))
    expect(routes.filter(({ method }) => method === 'PUT').length).toBeGreaterThan(5)
    for (const { method, path } of routes) {
      const url = path.replace(/:\w+/g, 'intake')
      const statusFor = async (caller: Incoming) =>
        (await api.request(url, { ...caller, method: method === 'ALL' ? 'GET' : method })).status
      const found = [await statusFor(logins.anonymous), await statusFor(await logins.as('rebuilder'))]
      expect(found, `${method} ${path}`).toEqual([401, 403])
    }
    expect((await api.request('/queues/api/queues', await logins.as('admin'))).status).toBe(200)
    await api.drop()
  })
})
