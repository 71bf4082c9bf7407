/** ResultsDB: test results are added and queried over HTTP (behaviour/greenwave 8.2). */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, Hono } from 'hono'
import { takeFault, verbAndPath, withFaults } from '../../faults.ts'
import { announceResult } from '../../news.ts'
import { refuseLongRequestLines, type World } from '../../world.ts'
import { groupJson, pageJson, resultJson, testCaseJson } from './answers.ts'
import { hasFilter, type ResultsQuery, readResultsQuery, toMicroseconds } from './query.ts'
import { readGroupRequest, readResultRequest, readTestCaseRequest } from './request.ts'
import { latestResults, matchesPattern, newestFirst, selectResults } from './select.ts'
import { addResult, putGroup, putTestCase } from './state.ts'

const ROOT = '/api/v2.0'

/** Serves the results of a world, without authentication. */
export function createResultsDbApp(world: World): Hono {
  const app = new Hono()
  app.use(withFaults(world, 'resultsdb', verbAndPath))
  app.use(refuseLongRequestLines(world, 'resultsdb'))
  app.on('GET', ['/healthcheck', `${ROOT}/healthcheck`], (c) => c.json({ message: 'Health check OK' }))
  const api = app.basePath(ROOT)
  app.on('GET', [ROOT, `${ROOT}/`], (c) => c.json(overview(world, rootOf(c)), 300))
  addResults(api, world)
  addTestCases(api, world)
  addGroups(api, world)
  app.notFound((c) => c.json({ message: 'Not found' }, 404))
  return app
}

function addResults(api: Hono, world: World): void {
  api.get('/results', (c) => listResults(world, c))
  api.get('/results/latest', async (c) =>
    withQuery(world, c, async (query) => {
      if (query.distinctOn.length > 0 && !hasFilter(query))
        return c.json({ message: "Please, provide at least one filter beside '_distinct_on'" }, 400)
      const found = latestResults(world.resultsDb, query)
      const operations = await verbAndPath(c)
      const fault = takeFault(world, 'resultsdb', operations, ({ kind }) => kind === 'slow-results')
      if (fault?.delayMs) await sleep(found.length * fault.delayMs)
      const root = rootOf(c) // once: an address with thousands of items takes long to parse
      return c.json({ data: found.map((result) => resultJson(world.resultsDb, root, result)) })
    }),
  )
  api.get('/results/:id{\\d+}', (c) => {
    const result = world.resultsDb.results[Number(c.req.param('id')) - 1]
    return result
      ? c.json(resultJson(world.resultsDb, rootOf(c), result))
      : c.json({ message: 'Result not found' }, 404)
  })
  api.post('/results', async (c) => {
    const state = world.resultsDb
    const now = toMicroseconds(new Date(world.now()).toISOString()) ?? ''
    const read = readResultRequest(state.outcomes, await c.req.json().catch(() => null), now)
    if ('refusal' in read) return c.json(read.refusal, 400)
    const { groups, testCaseRefUrl, ...request } = read.request
    putTestCase(state, request.testCase, testCaseRefUrl)
    const result = addResult(state, { ...request, groups: groups.map((group) => putGroup(state, group)) })
    const json = resultJson(state, rootOf(c), result)
    announceResult(world, result, json)
    world.log(
      `resultsdb: ${result.testCase} ${result.outcome} (${result.data.item?.join(', ') ?? 'no item'})`,
    )
    return c.json(json, 201)
  })
}

function addTestCases(api: Hono, world: World): void {
  api.get('/testcases', (c) => {
    const [names, patterns] = [listOf(c, 'name'), listOf(c, 'name:like')]
    const found = [...world.resultsDb.testCases.keys()]
      .filter((name) => !names || names.includes(name))
      .filter((name) => !patterns || patterns.some((pattern) => matchesPattern(pattern, name)))
      .sort()
    return c.json(
      page(
        c,
        found.map((name) => testCaseJson(world.resultsDb, rootOf(c), name)),
      ),
    )
  })
  api.post('/testcases', async (c) => {
    const read = readTestCaseRequest(await c.req.json().catch(() => null))
    if ('refusal' in read) return c.json(read.refusal, 400)
    putTestCase(world.resultsDb, read.request.name, read.request.refUrl)
    return c.json(testCaseJson(world.resultsDb, rootOf(c), read.request.name), 201)
  })
  api.get('/testcases/:name{.+}/results', (c) =>
    world.resultsDb.testCases.has(c.req.param('name'))
      ? listResults(world, c, { testCases: [c.req.param('name')] })
      : c.json({ message: 'Testcase not found' }, 404),
  )
  api.get('/testcases/:name{.+}', (c) =>
    world.resultsDb.testCases.has(c.req.param('name'))
      ? c.json(testCaseJson(world.resultsDb, rootOf(c), c.req.param('name')))
      : c.json({ message: 'Testcase not found' }, 404),
  )
}

function addGroups(api: Hono, world: World): void {
  api.get('/groups', (c) => {
    const uuids = listOf(c, 'uuid')
    const [descriptions, patterns] = [listOf(c, 'description'), listOf(c, 'description:like')]
    const found = [...world.resultsDb.groups]
      .filter(([uuid]) => !uuids || uuids.includes(uuid))
      .filter(([, { description }]) => !descriptions || descriptions.some((text) => text === description))
      .filter(
        ([, { description }]) =>
          !patterns || patterns.some((pattern) => matchesPattern(pattern, description)),
      )
      .reverse()
    return c.json(
      page(
        c,
        found.map(([uuid]) => groupJson(world.resultsDb, rootOf(c), uuid)),
      ),
    )
  })
  api.post('/groups', async (c) => {
    const read = readGroupRequest(await c.req.json().catch(() => null))
    if ('refusal' in read) return c.json(read.refusal, 400)
    const uuid = putGroup(world.resultsDb, read.request)
    return c.json(groupJson(world.resultsDb, rootOf(c), uuid), 201)
  })
  api.get('/groups/:uuid', (c) =>
    world.resultsDb.groups.has(c.req.param('uuid'))
      ? c.json(groupJson(world.resultsDb, rootOf(c), c.req.param('uuid')))
      : c.json({ message: 'Group not found' }, 404),
  )
  api.get('/groups/:uuid/results', (c) => {
    const uuid = c.req.param('uuid')
    return world.resultsDb.groups.has(uuid)
      ? listResults(world, c, { groups: [uuid] })
      : c.json({ message: `Group not found: ${uuid}` }, 404)
  })
}

function listResults(world: World, c: Context, filters: Partial<ResultsQuery> = {}): Response {
  return withQuery(world, c, (requested) => {
    const query = { ...requested, ...filters }
    const found = selectResults(world.resultsDb, query).sort(newestFirst)
    const sorted = query.sort === 'asc' ? found.reverse() : found
    const answer = pageJson(c.req.url, sorted, query.page, query.limit)
    const root = rootOf(c)
    return c.json({ ...answer, data: answer.data.map((result) => resultJson(world.resultsDb, root, result)) })
  })
}

function withQuery<R extends Response | Promise<Response>>(
  world: World,
  c: Context,
  answer: (query: ResultsQuery) => R,
): R | Response {
  const query = readResultsQuery(c.req.queries(), world.resultsDb.outcomes)
  return typeof query === 'string' ? c.json({ message: query }, 400) : answer(query)
}

/** The values of a parameter: it may be repeated, and each is a comma-separated list. */
function listOf(c: Context, name: string): string[] | undefined {
  return c.req.queries(name)?.flatMap((text) => text.split(','))
}

function page<T>(c: Context, items: readonly T[]) {
  const number = Number(c.req.query('page') ?? 0)
  return pageJson(c.req.url, items, number, Number(c.req.query('limit') ?? 20))
}

function rootOf(c: Context): string {
  return new URL(c.req.url).origin + ROOT
}

function overview({ resultsDb }: World, root: string) {
  return {
    message: 'Everything is awesome and we are having a great time',
    documentation: 'http://docs.resultsdb20.apiary.io/',
    groups: `${root}/groups`,
    results: `${root}/results`,
    testcases: `${root}/testcases`,
    outcomes: resultsDb.outcomes,
  }
}
