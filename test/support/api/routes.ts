/** Every route of the API with the users that its guard admits, and a request that succeeds for them. */
import { InboxMessage } from '../../../src/db/entities/index.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { ADVISORY } from '../rebuild/affected-images.ts'
import { storeBuild, storeEvent, type TestApi } from './api.ts'
import { HOLDERS, type TestUser } from './logins.ts'

const OWNERS_ONLY = "You must be an admin to cancel someone else's event."
const lacks = (name: string, roles: string) =>
  `User ${name} does not have any of the following roles: ${roles}`
const RETRY_ROLES = 'admin, manual_rebuilder, freshmaker_async_rebuilders'

type GuardRule = {
  may: readonly TestUser[]
  /** As refusals name them; users without any of these roles fail the first check. */
  roles: string
  /** The refusal of users that have one of the roles but may not do this. */
  otherwise?: (name: string) => string
}

/** Who may pass the guarded routes. */
export const GUARDS = {
  rebuild: { may: ['rebuilder', 'owner', 'admin'], roles: 'admin, manual_rebuilder' },
  'async-rebuild': { may: ['async', 'admin'], roles: 'admin, freshmaker_async_rebuilders' },
  'cancel, of an event of the owner': {
    may: ['owner', 'admin'],
    roles: 'admin, manual_rebuilder',
    otherwise: () => OWNERS_ONLY,
  },
  'cancel, of an automatic event': {
    may: ['admin'],
    roles: 'admin, manual_rebuilder',
    otherwise: () => OWNERS_ONLY,
  },
  'retry, of an advisory': {
    may: ['rebuilder', 'owner', 'admin'],
    roles: RETRY_ROLES,
    otherwise: (name) => lacks(name, 'admin, manual_rebuilder'),
  },
  'retry, of images by name': {
    may: ['async', 'admin'],
    roles: RETRY_ROLES,
    otherwise: (name) => lacks(name, 'admin, freshmaker_async_rebuilders'),
  },
  admin: { may: ['admin'], roles: 'admin' },
} as const satisfies Record<string, GuardRule>

/** `read`: every caller unless `read_requires_login`; `open`: every caller; otherwise the users that `GUARDS` names. */
export type Guard = 'open' | 'read' | keyof typeof GUARDS

/** Whether a guard requires more than a login. */
export const isGuarded = (guard: Guard): guard is keyof typeof GUARDS => Object.hasOwn(GUARDS, guard)

/** The message of the 403 that a user gets; undefined: it may pass. */
export function refusalFor(guard: keyof typeof GUARDS, user: TestUser, name: string): string | undefined {
  const { may, roles, otherwise }: GuardRule = GUARDS[guard]
  if (may.includes(user)) return undefined
  const held = Object.entries(HOLDERS).flatMap(([role, holders]) =>
    holders.some((holder) => holder === user) ? [role] : [],
  )
  const hasRole = roles.split(', ').some((role) => held.includes(role))
  return hasRole && otherwise ? otherwise(name) : lacks(name, roles)
}

/** A request to a route. `path` creates what the request needs, and returns the path; `owner` is the name of that user. */
export type Route = {
  guard: Guard
  /** Method and path as in the app, followed by what distinguishes two requests to one route. */
  name: string
  method: string
  path: (api: TestApi, owner: string) => Promise<string>
  body?: string
}

/** The route of an entry, as in the app. */
export const servedRoute = ({ method, name }: Route): string => `${method} ${name.split(' ')[1]}`

function route(guard: Guard, name: string, path?: string | Route['path'], body?: object | string): Route {
  const [method = '', template = ''] = name.split(' ')
  const made = path ?? template
  return {
    guard,
    name,
    method,
    path: typeof made === 'string' ? async () => made : made,
    body: typeof body === 'object' ? JSON.stringify(body) : body,
  }
}

/** Stores a failed event, which can be retried; each has a unique search key, because only one event of a key may be open. */
async function failedEvent({ ctx: { db } }: TestApi, eventTypeId: number): Promise<number> {
  const event = await storeEvent(db, { state: 3, eventTypeId, searchKey: `failed ${crypto.randomUUID()}` })
  await storeBuild(db, { event, state: 2, originalNvr: 'a-1-1' })
  return event
}

async function failedMessage({ ctx: { db } }: TestApi): Promise<number> {
  const row = {
    messageId: `m-${crypto.randomUUID()}`,
    topic: 'topic://VirtualTopic.eng.errata.activity.status',
    body: Buffer.from('{"errata_id": 7, "to": "SHIPPED_LIVE"}'),
    properties: {},
    state: 'failed' as const,
    reason: 'because',
  }
  return Number(await db.fork().insert(InboxMessage, row as InboxMessage)) // the rest has defaults
}

const retryOf = (eventTypeId: number) => async (api: TestApi) =>
  `/api/2/events/${await failedEvent(api, eventTypeId)}/retry`
const CANCEL = { action: 'cancel' }
const REBUILD = { errata_id: ADVISORY, force: true }
const ASYNC = { dist_git_branch: 'rhel-8.9.0', container_images: ['base'] }
const DECISION = {
  product_version: 'fedora-26',
  subject: [{ type: 'koji_build', item: 'a-1-1' }],
  rules: [{ type: 'PassingTestCaseRule', test_case_name: 'unit' }],
}
const POLICY = `--- !Policy
id: p
product_versions: [fedora-26]
decision_context: c
subject_type: koji_build
rules: []
`

/** The routes below `/api/1` or `/api/2`. */
function versioned(root: string): Route[] {
  const cancel = (requester: (owner: string) => string | null) => async (api: TestApi, owner: string) =>
    `${root}/events/${await storeEvent(api.ctx.db, { requester: requester(owner) })}`
  return [
    ...['event-types', 'build-types', 'build-states', 'events', 'builds'].flatMap((list) => [
      route('read', `GET ${root}/${list}/`),
      route('read', `GET ${root}/${list}/:id`, `${root}/${list}/1`),
    ]),
    route('open', `GET ${root}/pullspec_overrides/:id`, `${root}/pullspec_overrides/1`),
    route('open', `GET ${root}/about/`),
    route('read', `GET ${root}/verify-image/:nvr`, `${root}/verify-image/base-8-1`),
    route(
      'read',
      `GET ${root}/verify-image-repository/:project/:repo`,
      `${root}/verify-image-repository/product/base`,
    ),
    route('rebuild', `POST ${root}/builds/`, undefined, REBUILD),
    route('async-rebuild', `POST ${root}/async-builds/`, undefined, ASYNC),
    route(
      'cancel, of an event of the owner',
      `PATCH ${root}/events/:id of the owner`,
      cancel((owner) => owner),
      CANCEL,
    ),
    route(
      'cancel, of an automatic event',
      `PATCH ${root}/events/:id automatic`,
      cancel(() => null),
      CANCEL,
    ),
    ...['event-types', 'build-types', 'build-states', 'events', 'builds', 'async-builds'].map((list) =>
      route('read', `ALL ${root}/${list}`),
    ),
    route('open', `ALL ${root}/about`),
  ]
}

const ASSETS = ['start.js', 'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

/** A request for each route. */
export const ROUTES: readonly Route[] = [
  ...['/api/1', '/api/2'].flatMap(versioned),
  route(
    'retry, of an advisory',
    'POST /api/2/events/:id/retry',
    retryOf(EVENT_TYPES.ManualRebuildWithAdvisoryEvent),
    {},
  ),
  route(
    'retry, of images by name',
    'POST /api/2/events/:id/retry async',
    retryOf(EVENT_TYPES.FreshmakerAsyncManualBuildEvent),
    {},
  ),
  route('admin', 'GET /api/2/inbox', '/api/2/inbox?show_body=True'),
  route(
    'admin',
    'POST /api/2/inbox/:id/replay',
    async (api) => `/api/2/inbox/${await failedMessage(api)}/replay`,
  ),
  route('admin', 'GET /api/2/advisories/missed'),
  route('admin', 'GET /api/2/audit'),
  route('admin', 'GET /api/2/queues'),
  route('read', 'GET /api/2/events/:id/why', '/api/2/events/1/why'),
  route('read', 'GET /api/2/events/:id/gate', '/api/2/events/1/gate'),
  route('read', 'GET /api/2/events/:id/forecast', '/api/2/events/1/forecast'),
  route('read', 'POST /api/2/plans', undefined, { errata_id: ADVISORY }),
  // Refused because of their arguments, since an open stream does not end.
  route('read', 'GET /api/2/stream', '/api/2/stream?last_event_id=x'),
  route('read', 'GET /api/v1.0/decision/stream', '/api/v1.0/decision/stream?last_event_id=x'),
  ...['', 'version', 'about', 'policies', 'subject_types'].map((name) =>
    route('read', `GET /api/v1.0/${name}`),
  ),
  route('read', 'ALL /api/v1.0'),
  route('read', 'POST /api/v1.0/decision', undefined, DECISION),
  route('open', 'OPTIONS /api/v1.0/decision'),
  route('read', 'POST /api/v1.0/validate-gating-yaml', undefined, POLICY),
  ...['/', '/docs', '/docs/', '/docs/guide', '/openapi.json', ...ASSETS.map((name) => `/docs/${name}`)].map(
    (path) => route('read', `GET ${path}`),
  ),
  route('read', 'GET /docs/guide/*', '/docs/guide/'),
  ...['/healthcheck', '/health/live', '/health/ready', '/metrics', '/api/1/monitor/metrics'].map((path) =>
    route('open', `GET ${path}`),
  ),
]

/** Routes of the app, without its middleware, which matches whole folders; the board and the pages have their own tests. */
export function servedRoutes({ app }: TestApi): string[] {
  const isRoute = ({ method, path }: { method: string; path: string }) =>
    !(method === 'ALL' && path.includes('*')) && !/^\/(queues|ui)(\/|$)/.test(path)
  return [...new Set(app.routes.filter(isRoute).map(({ method, path }) => `${method} ${path}`))].toSorted()
}
