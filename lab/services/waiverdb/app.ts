/** WaiverDB: users waive failed tests (behaviour/greenwave 8.4). */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { isJsonObject } from '../../../src/lib/json.ts'
import { verbAndPath, withFaults } from '../../faults.ts'
import { announceWaiver } from '../../news.ts'
import { refuseLongRequestLines, type World } from '../../world.ts'
import { toMicroseconds } from '../resultsdb/query.ts'
import { refusedFields } from '../resultsdb/refused-fields.ts'
import { neighbors, waiverJson } from './answers.ts'
import { filterSchema, selectWaivers, sinceProblem } from './filter.ts'
import { readWaiverRequest, type WaiverRefusal, type WaiverRequest } from './request.ts'
import { addWaiver, isObsolete, type LabWaiver } from './state.ts'

const ROOT = '/api/v1.0'

const filteredSchema = z.object({
  filters: z.array(filterSchema).min(1),
  include_obsolete: z.boolean().default(false),
})

/** Serves the waivers of a world. Creating a waiver needs Basic authentication with any password. */
export function createWaiverDbApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'waiverdb', verbAndPath))
  app.use(refuseLongRequestLines(world, 'waiverdb'))
  app.get('/healthcheck', (c) => c.text('Health check OK'))
  const api = app.basePath(ROOT)
  api.get('/about', (c) => c.json({ version: '3.3.0', auth_method: 'dummy' }))
  api.get('/waivers/', (c) => listWaivers(world, c))
  api.get('/waivers/:id{\\d+}', (c) => {
    const waiver = world.waiverDb.waivers[Number(c.req.param('id')) - 1]
    return waiver ? c.json(waiverJson(waiver)) : c.json({ message: 'Waiver not found' }, 404)
  })
  api.post('/waivers/+filtered', (c) => filterWaivers(world, c))
  api.post('/waivers/', (c) => createWaivers(world, c))
  app.notFound((c) => c.json({ message: 'Not found' }, 404))
  return app
}

function listWaivers(world: World, c: Context): Response {
  const { page = '1', limit = '10', include_obsolete: includeObsolete, ...query } = c.req.query()
  const showsObsolete = includeObsolete === 'true' || includeObsolete === '1'
  const filter = filterSchema.parse(query)
  const problem = sinceProblem(filter)
  if (problem !== null) return c.json({ message: { since: problem } }, 400)
  const found = newestFirst(
    selectWaivers(world.waiverDb, filter).filter(
      (waiver) => showsObsolete || !isObsolete(world.waiverDb, waiver, 'list'),
    ),
  )
  const size = Math.max(1, Number(limit) || 10)
  const number = Math.max(1, Number(page) || 1)
  const data = found.slice((number - 1) * size, number * size).map(waiverJson)
  return c.json({ data, ...neighbors(c.req.url, number, Math.ceil(found.length / size)) })
}

async function filterWaivers(world: World, c: Context): Promise<Response> {
  const body: unknown = await c.req.json().catch(() => null)
  if (!isJsonObject(body)) return c.json({ message: 'No JSON payload in request' }, 400)
  const read = filteredSchema.safeParse(body)
  if (!read.success) return c.json({ validation_error: refusedFields(body, read.error) }, 400)
  const { filters, include_obsolete: showsObsolete } = read.data
  const problem = filters.map(sinceProblem).find((text) => text !== null)
  if (problem !== undefined) return c.json({ message: { since: problem } }, 400)
  const found = new Set(filters.flatMap((filter) => selectWaivers(world.waiverDb, filter)))
  const effective = [...found].filter(
    (waiver) => showsObsolete || !isObsolete(world.waiverDb, waiver, 'filtered'),
  )
  return c.json({ data: newestFirst(effective).map(waiverJson) })
}

/** Creates one waiver, or a list of waivers: either all or none of them. */
async function createWaivers(world: World, c: Context): Promise<Response> {
  const caller = userOf(c)
  if (caller === null)
    return c.json({ message: 'Unauthorized' }, 401, { 'WWW-Authenticate': 'Basic realm="WaiverDB"' })
  const body: unknown = await c.req.json().catch(() => null)
  const bodies = Array.isArray(body) ? body : [body]
  const requests: WaiverRequest[] = []
  for (const item of bodies) {
    const read = readWaiverRequest(item, (id) => world.resultsDb.results[id - 1])
    if ('refusal' in read) return c.json<WaiverRefusal, 400>(read.refusal, 400)
    if (read.request.username !== null && !world.waiverDb.superusers.includes(caller))
      return c.json({ message: `user ${caller} does not have the proxyuser ability` }, 403)
    requests.push(read.request)
  }
  const created = requests.map((request) => createWaiver(world, request, caller))
  return c.json(Array.isArray(body) ? created : created[0], 201)
}

function createWaiver(world: World, { username, ...request }: WaiverRequest, caller: string) {
  const waiver = addWaiver(world.waiverDb, {
    ...request,
    username: username ?? caller,
    proxiedBy: username === null ? null : caller,
    givenAt: toMicroseconds(new Date(world.now()).toISOString()) ?? '',
  })
  const json = waiverJson(waiver)
  announceWaiver(world, json)
  world.log(`waiverdb: ${waiver.username} waives ${waiver.testCase} of ${waiver.subjectIdentifier}`)
  return json
}

function userOf(c: Context): string | null {
  const [, encoded] = /^Basic (.+)$/.exec(c.req.header('Authorization') ?? '') ?? []
  return encoded ? (Buffer.from(encoded, 'base64').toString().split(':')[0] ?? '') : null
}

/** Sorts by time; for equal times, which the original leaves in any order, the higher id comes first. */
function newestFirst(waivers: LabWaiver[]): LabWaiver[] {
  return waivers.sort((a, b) => {
    if (a.givenAt === b.givenAt) return b.id - a.id
    return a.givenAt < b.givenAt ? 1 : -1
  })
}
