/**
 * Every route, with every login, for every kind of caller: status and text (behaviour/freshmaker 3, 4).
 * A new route needs an entry in `ROUTES`, or the first test fails.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Incoming, startApi, storeEvent, type TestApi } from '../../../support/api.ts'
import { addGuardedRoutes } from '../../../support/guarded-routes.ts'
import { LOGINS, type Logins, type TestUser, USERS } from '../../../support/logins.ts'
import { hasSlapd } from '../../../support/slapd.ts'

/** `read`: for everyone unless `read_requires_login`; `open`: always; otherwise for those that `GUARDS` names. */
type Guard = 'open' | 'read' | keyof typeof GUARDS

/** Who may pass, and the roles in the order in which refusals name them. */
const GUARDS = {
  rebuild: { may: ['rebuilder', 'owner', 'admin'], roles: 'admin, manual_rebuilder' },
  'async-rebuild': { may: ['async', 'admin'], roles: 'admin, freshmaker_async_rebuilders' },
  'cancel, of an event of the owner': { may: ['owner', 'admin'], roles: 'admin, manual_rebuilder' },
  'cancel, of an automatic event': { may: ['admin'], roles: 'admin, manual_rebuilder' },
  retry: { may: ['rebuilder', 'owner', 'admin'], roles: 'admin, manual_rebuilder' },
  admin: { may: ['admin'], roles: 'admin' },
} as const satisfies Record<string, { may: TestUser[]; roles: string }>

type Route = {
  guard: Guard
  /** Method and path as the app has them. */
  route: string
  /** A path of that kind; `{owner}` stands for the name of the owner. */
  path: string
  body?: string
}
const route = (guard: Guard, name: string, path = name.split(' ')[1] ?? '', body?: string): Route => ({
  guard,
  route: name,
  path,
  body,
})

/** Ids of the events that each API has: one that the owner requested, and one that opened by itself. */
const OWNED = 1
const AUTOMATIC = 2
const CANCEL = '{"action": "cancel"}'

/** A request for each route. */
const ROUTES: Route[] = [
  ...['/api/1', '/api/2'].flatMap((root) => [
    ...['event-types', 'build-types', 'build-states', 'events', 'builds'].flatMap((list) => [
      route('read', `GET ${root}/${list}/`),
      route('read', `GET ${root}/${list}/:id`, `${root}/${list}/1`),
    ]),
    route('open', `GET ${root}/pullspec_overrides/:id`, `${root}/pullspec_overrides/1`),
    route('open', `GET ${root}/about/`),
    route('read', `GET ${root}/verify-image/:nvr`, `${root}/verify-image/a-1-1`),
    route(
      'read',
      `GET ${root}/verify-image-repository/:project/:repo`,
      `${root}/verify-image-repository/a/b`,
    ),
    route('rebuild', `POST ${root}/builds/`),
    route('async-rebuild', `POST ${root}/async-builds/`),
    route('cancel, of an event of the owner', `PATCH ${root}/events/:id`, `${root}/events/${OWNED}`, CANCEL),
    route('cancel, of an automatic event', `PATCH ${root}/events/:id`, `${root}/events/${AUTOMATIC}`, CANCEL),
  ]),
  route('retry', 'POST /api/2/events/:id/retry', '/api/2/events/99/retry'),
  route('read', 'GET /api/2/inbox'),
  route('read', 'GET /api/2/advisories/missed'),
  route('admin', 'POST /api/2/inbox/:id/replay', '/api/2/inbox/1/replay'),
  route('admin', 'GET /api/2/audit'),
  route('admin', 'GET /api/2/queues'),
  route('read', 'GET /api/2/events/:id/why', '/api/2/events/1/why'),
  route('read', 'POST /api/2/plans'),
  // Refused by their arguments, since a stream that is opened does not end.
  route('read', 'GET /api/2/stream', '/api/2/stream?last_event_id=x'),
  route('read', 'GET /api/v1.0/decision/stream', '/api/v1.0/decision/stream?last_event_id=x'),
  ...['', 'version', 'about', 'policies', 'subject_types'].map((name) =>
    route('read', `GET /api/v1.0/${name}`),
  ),
  route('read', 'POST /api/v1.0/decision'),
  route('open', 'OPTIONS /api/v1.0/decision'),
  route('read', 'POST /api/v1.0/validate-gating-yaml'),
  ...['/', '/docs', '/docs/', '/openapi.json'].map((path) => route('read', `GET ${path}`)),
  ...['/healthcheck', '/health/live', '/health/ready', '/metrics', '/api/1/monitor/metrics'].map((path) =>
    route('open', `GET ${path}`),
  ),
  route('admin', 'GET /queues', '/queues/api/queues'),
  ...['/api/1', '/api/2', '/api/v1.0'].flatMap((root) => [
    route('rebuild', `POST ${root}/guarded/rebuild`),
    route('async-rebuild', `POST ${root}/guarded/async-rebuild`),
    route('admin', `GET ${root}/guarded/audit`),
    route('cancel, of an automatic event', `PATCH ${root}/guarded/cancel`),
    route(
      'cancel, of an event of the owner',
      `PATCH ${root}/guarded/cancel`,
      `${root}/guarded/cancel?requester={owner}`,
    ),
  ]),
]
const ASSETS = /^GET \/docs\/.|^[A-Z]+ \/queues\b/

/** What a caller gets: the status, and the message of a refusal. */
type Outcome = { status: number; message?: string }

function refusalFor(guard: keyof typeof GUARDS, user: TestUser, name: string): string | undefined {
  const { may, roles } = GUARDS[guard]
  if (may.some((allowed) => allowed === user)) return undefined
  const lacksRole = user === 'stranger' || (user === 'async' && guard !== 'async-rebuild')
  if (guard.startsWith('cancel') && !lacksRole) return "You must be an admin to cancel someone else's event."
  return `User ${name} does not have any of the following roles: ${roles}`
}

async function startWith(logins: Logins, settings = ''): Promise<TestApi> {
  const api = await startApi(logins.env, `${logins.file.slice(0, -1)}${settings}}`)
  return prepared(api, logins.nameOf('owner'))
}

async function prepared(api: TestApi, owner: string): Promise<TestApi> {
  addGuardedRoutes(api.app)
  expect(await storeEvent(api.ctx.db, { requester: owner })).toBe(OWNED)
  expect(await storeEvent(api.ctx.db)).toBe(AUTOMATIC)
  return api
}

async function outcomeOf(api: TestApi, { route: name, path, body }: Route, owner: string, caller: Incoming) {
  const [method] = name.split(' ')
  const url = path.replace('{owner}', encodeURIComponent(owner))
  const response = await api.request(url, { ...caller, method, body })
  const text = await response.text()
  const { status } = response
  if (path === '/health/ready' && status === 503) return { status: 200 } // a busy machine was late; also an answer
  if (status !== 401 && status !== 403) return { status }
  const isGate = path.startsWith('/api/v1.0/')
  const error = status === 401 ? 'Unauthorized' : 'Forbidden'
  const { message, ...rest } = JSON.parse(text)
  expect(rest).toEqual(isGate ? {} : { status, error })
  return { status, message }
}

/** Outcomes of all routes by route, for one caller. */
async function outcomes(api: TestApi, owner: string, caller: Incoming): Promise<Record<string, Outcome>> {
  const found: Record<string, Outcome> = {}
  for (const each of ROUTES) found[`${each.route} ${each.path}`] = await outcomeOf(api, each, owner, caller)
  return found
}

function expected(of: (route: Route) => Outcome): Record<string, Outcome> {
  return Object.fromEntries(ROUTES.map((each) => [`${each.route} ${each.path}`, of(each)]))
}

/** What reads answer without any authentication; guarded routes let everyone pass. */
let statuses: Record<string, Outcome>
const statusOf = ({ route: name, path }: Route): Outcome => statuses[`${name} ${path}`] ?? { status: 0 }
const isGuarded = (guard: Guard): guard is keyof typeof GUARDS => Object.hasOwn(GUARDS, guard)

describe('without authentication', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await prepared(await startApi(), 'han_solo')
    statuses = await outcomes(api, 'han_solo', { from: '127.0.0.1' })
  })
  afterAll(() => api.drop())

  it('every route has an entry in this table', () => {
    const served = api.app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
      .filter((name) => !ASSETS.test(name))
    const listed = new Set(ROUTES.map((each) => each.route).filter((name) => !ASSETS.test(name)))
    expect([...listed].toSorted()).toEqual([...new Set(served)].toSorted())
  })

  it('every caller passes, without a name', async () => {
    expect(Object.values(statuses).filter(({ message }) => message)).toEqual([])
    const caller = await api.json('/api/1/guarded/rebuild', 200, { method: 'POST', from: '127.0.0.1' })
    expect(caller).toMatchObject({ name: null, credential: 'noauth', roles: [], address: '127.0.0.1' })
    expect(await api.ctx.db.fork().execute('select * from users')).toEqual([])
  })

  it('the queues are for this machine alone', async () => {
    const refused = await api.request('/queues', { from: '10.0.0.9' })
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('only available from this machine')
  })
})

describe.each(Object.keys(LOGINS))('with %s', (kind) => {
  const isMissing = kind.startsWith('kerberos') && !hasSlapd
  let logins: Logins
  let api: TestApi
  beforeAll(async () => {
    if (isMissing) return
    logins = await (LOGINS[kind] ?? Promise.reject)()
    api = await startWith(logins)
  })
  afterAll(async () => {
    await api?.drop()
    await logins?.stop()
  })

  it.skipIf(isMissing)('an anonymous caller may only read, and leaves no row', async () => {
    const found = await outcomes(api, logins.nameOf('owner'), logins.anonymous)
    const refused = { status: 401, message: logins.refusal }
    expect(found).toEqual(expected((each) => (isGuarded(each.guard) ? refused : statusOf(each))))
    expect(await api.ctx.db.fork().execute('select * from users')).toEqual([])
  })

  it.skipIf(isMissing).each(USERS)('%s may do what its roles allow', async (user) => {
    const found = await outcomes(api, logins.nameOf('owner'), await logins.as(user))
    expect(found).toEqual(
      expected((each) => {
        if (!isGuarded(each.guard)) return statusOf(each)
        const message = refusalFor(each.guard, user, logins.nameOf(user))
        return message ? { status: 403, message } : statusOf(each)
      }),
    )
  })

  it.skipIf(isMissing)('each user has one row, from the first request on', async () => {
    const rows = await api.ctx.db.fork().execute<{ id: number; username: string }[]>('select * from users')
    expect(rows.map(({ username }) => username)).toEqual(USERS.map((user) => logins.nameOf(user)))
    expect(rows.map(({ id }) => id)).toEqual(USERS.map((_user, index) => index + 1))
  })

  it.skipIf(isMissing)('read_requires_login lets any user read, and leaves probes open', async () => {
    const closed = await startWith(logins, ', "read_requires_login": true')
    const isOpen = (guard: Guard) => guard === 'open'
    const refused = { status: 401, message: logins.refusal }
    const owner = logins.nameOf('owner')
    expect(await outcomes(closed, owner, logins.anonymous)).toEqual(
      expected((each) => (isOpen(each.guard) ? statusOf(each) : refused)),
    )
    const found = await outcomes(closed, owner, await logins.as('admin'))
    expect(found).toEqual(expected(statusOf))
    const elsewhere = await closed.request('/no/such/path', logins.anonymous)
    expect(elsewhere.status).toBe(401)
    await closed.drop()
  })
})
