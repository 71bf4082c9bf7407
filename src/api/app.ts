/** The HTTP app: all endpoints and middleware; works with or without a socket. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { getPath } from 'hono/utils/url'
import { createReleases } from '../commands/gate/decide-releases.ts'
import { type Gate, openGate } from '../commands/gate/open-gate.ts'
import { openStreams } from '../commands/streams/open-streams.ts'
import { NOT_AUTHENTICATED } from '../domain/access/identity.ts'
import {
  API_VERSIONS,
  type Api,
  type ApiContext,
  type ApiEnv,
  type ApiVersion,
  GATE_ROOT,
  type SharedContext,
} from './api.ts'
import { openAccess } from './auth/authenticate.ts'
import { requireLogin } from './auth/requires.ts'
import { addBook } from './book/serve.ts'
import { createSenderReader, namesPrefix, type ReadSender, withoutPrefix } from './caller.ts'
import { addErrorAnswers, onBadArguments } from './errors.ts'
import { accessLog, timed } from './middleware/access-log.ts'
import { limitBody } from './middleware/body-limit.ts'
import { gateHeaders, responseHeaders, setHeader, setSecurityHeaders } from './middleware/headers.ts'
import { REQUEST_ID, requestIdFor } from './middleware/request-id.ts'
import { mergeSlashes } from './middleware/slashes.ts'
import { traced } from './middleware/traced.ts'
import { addErrorPages, addPagePolicy, addPages } from './pages.ts'
import { addAbout } from './routes/about.ts'
import { addBuilds } from './routes/builds.ts'
import { addCancelEvent } from './routes/cancel-event.ts'
import { addDocs } from './routes/docs.ts'
import { addEnumerations } from './routes/enumerations.ts'
import { addEvents } from './routes/events.ts'
import { addGateAbout, addGateRoot } from './routes/gate/about.ts'
import { addDecision } from './routes/gate/decision.ts'
import { addEventGate } from './routes/gate/event-gate.ts'
import { addPolicies } from './routes/gate/policies.ts'
import { addValidate } from './routes/gate/validate.ts'
import { addHealth } from './routes/health.ts'
import { addLanding } from './routes/landing.ts'
import { addMetrics } from './routes/metrics.ts'
import { addAudit } from './routes/operate/audit.ts'
import { addInbox } from './routes/operate/inbox.ts'
import { addMissedAdvisories } from './routes/operate/missed-advisories.ts'
import { addQueueCounts } from './routes/operate/queues.ts'
import { addRetry } from './routes/operate/retry.ts'
import { addForecast } from './routes/outlook/forecast.ts'
import { addPlans } from './routes/outlook/plans.ts'
import { addPullspecOverrides } from './routes/pullspec-overrides.ts'
import { addQueues } from './routes/queues.ts'
import { addRebuilds } from './routes/rebuilds.ts'
import { addDecisionStream } from './routes/streams/decision.ts'
import { addEventStream } from './routes/streams/events.ts'
import { addVerify } from './routes/verify.ts'
import { addWhy } from './routes/why.ts'
import { createStreamConnections } from './streams/connections.ts'

/** Endpoints of every API version, below `/api/1` and `/api/2`. */
const VERSIONED: readonly ((app: Api, ctx: ApiContext, version: ApiVersion) => void)[] = [
  (app, _ctx, version) => addEnumerations(app, version),
  addEvents,
  addCancelEvent,
  addBuilds,
  addRebuilds,
  addPullspecOverrides,
  addVerify,
  addAbout,
]
/** Endpoints of the gate, below `/api/v1.0`. */
const GATE_ROUTES: readonly ((app: Api, gate: Gate) => void)[] = [addDecision, addPolicies, addValidate]
/** Endpoints without versions. */
const UNVERSIONED: readonly ((app: Api, ctx: ApiContext) => void)[] = [
  addWhy,
  addPlans,
  addLanding,
  addQueues,
  addAudit,
  addInbox,
  addQueueCounts,
  addRetry,
  addMissedAdvisories,
]
/** Endpoints of every app; the OpenAPI document comes last because it describes the routes added before. */
const SHARED: readonly ((app: Api, ctx: SharedContext) => void)[] = [
  addGateAbout,
  addHealth,
  addMetrics,
  addBook,
  addDocs,
]
/** Paths that end in a slash; requests without it are redirected. */
const COLLECTIONS = [
  'event-types',
  'build-types',
  'build-states',
  'events',
  'builds',
  'async-builds',
  'about',
] as const

/**
 * The whole API.
 * @param publicUrl returns the root of absolute links; called per request, because a free port is only known once the
 *   server listens
 * @param streams where streams get their changes; they have to be started and stopped by the caller
 * @throws BadSettings when `trusted_proxies` is invalid
 */
export function createApp(
  ctx: ApiContext,
  publicUrl = () => ctx.settings.env.PUBLIC_URL,
  streams = openStreams(ctx),
): Api {
  const app = createEmptyApp(ctx, publicUrl, { hasPages: true })
  const gate = openGate(ctx)
  for (const version of API_VERSIONS) {
    for (const add of VERSIONED) add(app, ctx, version)
    for (const name of COLLECTIONS) redirectToSlash(app, `/api/${version}/${name}`)
  }
  for (const add of UNVERSIONED) add(app, ctx)
  const releases = createReleases(ctx, gate)
  addForecast(app, ctx, releases)
  addEventGate(app, ctx, releases)
  addPages(app, ctx, gate)
  const connections = createStreamConnections(ctx, streams)
  addEventStream(app, streams, connections)
  addDecisionStream(app, gate, streams, connections)
  for (const cached of [gate, releases]) streams.onNews(cached)
  addGate(app, ctx, gate)
  return app
}

/** The gate's API alone, which needs neither database nor queues. Parameters and errors as above. */
export function createGateApp(ctx: SharedContext, publicUrl = () => ctx.settings.env.PUBLIC_URL): Api {
  const app = createEmptyApp(ctx, publicUrl, { hasPages: false })
  addGateRoot(app, ctx)
  addGate(app, ctx, openGate({ ...ctx, hasNews: false })) // they come by the database
  return app
}

type Parts = { hasPages: boolean }

function createEmptyApp(ctx: SharedContext, publicUrl: () => string, parts: Parts): Api {
  const readSender = createSenderReader(ctx.settings.file.trusted_proxies, publicUrl)
  const app: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: onBadArguments,
    getPath: (request, options) => pathOf(request, readSender, options?.env),
  })
  addErrorAnswers(app, ctx.log)
  addMiddleware(app, ctx, readSender, parts)
  return app
}

function addGate(app: Api, ctx: SharedContext, gate: Gate): void {
  for (const add of GATE_ROUTES) add(app, gate)
  redirectToSlash(app, GATE_ROOT)
  for (const add of SHARED) add(app, ctx)
}

function addMiddleware(app: Api, ctx: SharedContext, readSender: ReadSender, parts: Parts): void {
  const access = openAccess(ctx)
  app.use((c, next) => {
    const requestId = requestIdFor(c.req.header(REQUEST_ID))
    c.set('requestId', requestId)
    c.set('caller', { ...readSender(c.req.raw.headers, c.env?.incoming), ...NOT_AUTHENTICATED })
    c.set('access', access)
    setHeader(c, REQUEST_ID, requestId)
    setSecurityHeaders(c)
    return next()
  })
  app.use(traced)
  app.use(accessLog(ctx.log))
  app.use(responseHeaders(ctx.settings.file.response_headers))
  app.use(`${GATE_ROOT}/*`, gateHeaders(ctx.settings.file))
  addPagePolicy(app)
  addErrorPages(app, parts)
  if (ctx.settings.file.read_requires_login) app.use(requireLogin)
  app.use(mergeSlashes)
  app.use(limitBody(ctx.settings.file.max_request_bytes))
  for (const version of API_VERSIONS) {
    app.use(`/api/${version}/events/*`, timed(ctx.metrics, 'event_api_latency'))
    app.use(`/api/${version}/builds/*`, timed(ctx.metrics, 'build_api_latency'))
    app.use(`/api/${version}/pullspec_overrides/*`, timed(ctx.metrics, 'build_api_latency'))
  }
}

function redirectToSlash(app: Api, path: string): void {
  app.all(path, (c) => c.redirect(`${c.get('caller').prefix}${path}/${new URL(c.req.url).search}`, 308))
}

/** The path without the prefix of a proxy, which names it in a header. */
function pathOf(request: Request, readSender: ReadSender, env: ApiEnv['Bindings'] | undefined): string {
  const path = getPath(request)
  if (!namesPrefix(request.headers)) return path
  return withoutPrefix(path, readSender(request.headers, env?.incoming).prefix)
}
