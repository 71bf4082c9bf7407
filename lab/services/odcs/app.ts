/** ODCS: composes are requested, take time, and publish their states on the bus (behaviour/services 1). */
import { type Context, Hono } from 'hono'
import { verbAndPath, withFaults } from '../../faults.ts'
import { publish, type World } from '../../world.ts'
import { COMPOSE_TOPIC, composeStruct } from './answers.ts'
import { type ComposeRequest, readComposeRequest } from './request.ts'
import type { Compose, ComposeState } from './state.ts'

const BASE_SECONDS = 24 * 3600

/** Serves the composes of a world, without authentication. */
export function createOdcsApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'odcs', verbAndPath))
  app.get('/api/1/composes/', (c) => listComposes(world, c))
  app.get('/api/1/composes/:id{\\d+}', (c) => {
    const compose = world.odcs.composes.get(Number(c.req.param('id')))
    if (!compose) return refuse(c, 404, 'Not Found', 'No compose with id found')
    return c.json({ ...composeStruct(compose), pungi_config_dump: null })
  })
  app.post('/api/1/composes/', async (c) => {
    const request = readComposeRequest(await c.req.json().catch(() => null))
    if (typeof request === 'string') return refuse(c, 400, 'Bad Request', request)
    return c.json(composeStruct(addCompose(world, request)))
  })
  app.patch('/api/1/composes/:id{\\d+}', (c) => renew(world, c))
  app.get('/api/1/about/', (c) =>
    c.json({
      version: '0.3.7',
      auth_backend: 'noauth',
      allowed_clients: {},
      sigkeys: [],
      raw_config_urls: {},
    }),
  )
  return app
}

function addCompose(world: World, requested: ComposeRequest): Compose {
  const { odcs } = world
  const compose: Compose = {
    ...requested,
    secondsToLive: Math.min(requested.secondsToLive, 3 * BASE_SECONDS),
    id: odcs.nextId,
    owner: 'freshwave',
    state: 'wait',
    stateReason: null,
    submittedAt: world.now(),
    startedAt: null,
    doneAt: null,
  }
  odcs.nextId += 1
  odcs.composes.set(compose.id, compose)
  const fails = odcs.failNext > 0
  if (fails) odcs.failNext -= 1
  announce(world, compose)
  later(world, () => {
    advance(world, compose, 'generating')
    later(world, () => advance(world, compose, fails ? 'failed' : 'done'))
  })
  return compose
}

function later(world: World, then: () => void): void {
  const { odcs } = world
  const timer = setTimeout(() => {
    odcs.timers.delete(timer)
    then()
  }, odcs.stepMs)
  odcs.timers.add(timer)
}

function advance(world: World, compose: Compose, state: ComposeState): void {
  compose.state = state
  if (state === 'generating') compose.startedAt = world.now()
  if (state === 'done') compose.doneAt = world.now()
  if (state === 'failed') compose.stateReason = 'Error while generating compose: no space left on device'
  announce(world, compose)
}

function announce(world: World, compose: Compose): void {
  publish(world, COMPOSE_TOPIC, {
    event: 'state-changed',
    compose: composeStruct(compose),
  })
  world.log(`odcs: compose ${compose.id} ${compose.state} (${compose.sourceType} ${compose.source})`)
}

/** A done compose is extended. A removed or failed compose is replaced by a new one. */
async function renew(world: World, c: Context): Promise<Response> {
  const id = Number(c.req.param('id'))
  const compose = world.odcs.composes.get(id)
  if (!compose || compose.state === 'wait' || compose.state === 'generating')
    return refuse(c, 404, 'Not Found', `No compose with id ${id} found`)
  if (compose.state !== 'done') return c.json(composeStruct(addCompose(world, compose)))
  compose.doneAt = world.now()
  return c.json(composeStruct(compose))
}

function listComposes(world: World, c: Context): Response {
  const page = Math.max(1, Number(c.req.query('page') ?? 1))
  const perPage = Math.max(1, Number(c.req.query('per_page') ?? 10))
  const composes = [...world.odcs.composes.values()].sort((a, b) => b.id - a.id)
  const pages = Math.max(1, Math.ceil(composes.length / perPage))
  const url = (n: number | null) =>
    n === null ? null : `${new URL(c.req.url).origin}/api/1/composes/?page=${n}&per_page=${perPage}`
  return c.json({
    items: composes.slice((page - 1) * perPage, page * perPage).map(composeStruct),
    meta: {
      page,
      pages,
      per_page: perPage,
      total: composes.length,
      first: url(1),
      last: url(pages),
      prev: url(page > 1 ? page - 1 : null),
      next: url(page < pages ? page + 1 : null),
    },
  })
}

function refuse(c: Context, status: 400 | 404, error: string, message: string): Response {
  return c.json({ status, error, message }, status)
}
