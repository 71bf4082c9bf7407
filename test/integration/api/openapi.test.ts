import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../support/api/api.ts'
import { type ApiDocument, faultOfAnswer } from '../../support/api/document.ts'

let api: TestApi
let document: ApiDocument
beforeAll(async () => {
  api = await startApi()
  document = await api.json('/openapi.json')
})
afterAll(() => api.drop())

/** Pages, assets and the queue board, which are for people and not part of the API. */
const FOR_PEOPLE = /^\/(docs|queues|ui|openapi\.json)/

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

function references(node: unknown): string[] {
  if (node === null || typeof node !== 'object') return []
  const direct = '$ref' in node && typeof node.$ref === 'string' ? [node.$ref] : []
  return [...direct, ...Object.values(node).flatMap(references)]
}

describe('the OpenAPI document', () => {
  it('has version 3.1 and names the program it describes', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'freshwave', version: expect.stringMatching(/^\d/) },
    })
  })

  it('has exactly the routes of the program', () => {
    const served = api.app.routes
      .filter(({ method, path }) => method !== 'ALL' && !FOR_PEOPLE.test(path))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`)
    const described = operations().map(({ method, path }) => `${method} ${path}`)
    expect(described.toSorted()).toEqual([...new Set(served)].toSorted())
    expect(described).toContain('get /api/1/events/{id}')
  })

  it('has every schema that it refers to', () => {
    const found = references(document)
    expect(found.length).toBeGreaterThan(20)
    for (const reference of found) {
      expect(reference).toMatch(/^#\/components\/schemas\//)
      expect(document.components.schemas).toHaveProperty(reference.replace('#/components/schemas/', ''))
    }
  })

  it('describes the parameters and responses of every operation', () => {
    for (const { path, operation } of operations()) {
      expect(operation.summary, path).toBeTruthy()
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name, required }) => ({ name, required }))).toEqual(
        names.map((name) => ({ name, required: true })),
      )
      for (const parameter of operation.parameters ?? [])
        expect(parameter.schema.type, parameter.name).toBeTruthy()
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${path} ${status}`).toBeTruthy()
        for (const { schema } of Object.values(response.content ?? {})) {
          expect(schema, `${path} ${status}`).toBeTruthy()
        }
      }
    }
  })

  it('has every argument of the lists, all optional', () => {
    const names = (path: string) => {
      const parameters = document.paths[path]?.get?.parameters ?? []
      expect(parameters.filter(({ required }) => required)).toEqual([])
      return parameters.map(({ name }) => name).toSorted()
    }
    const paging = ['page', 'per_page', 'order_by']
    const forEvents = ['message_id', 'search_key', 'event_type_id', 'requester', 'state', 'show_full_json']
    const forBuilds = [
      'type',
      'state',
      'name',
      'event_id',
      'dep_on_id',
      'build_id',
      'original_nvr',
      'rebuilt_nvr',
    ]
    expect(names('/api/1/events/')).toEqual([...paging, ...forEvents].toSorted())
    expect(names('/api/2/builds/')).toEqual(
      [...paging, 'cursor', ...forBuilds, 'event_type_id', 'event_search_key'].toSorted(),
    )
  })

  it('lists exactly the fields of the responses', async () => {
    const event = await storeEvent(api.ctx.db)
    const build = await storeBuild(api.ctx.db, { event })
    const answers = {
      Build: await api.json(`/api/1/builds/${build}`),
      Event: await api.json(`/api/1/events/${event}`),
      EventSummary: await api.json(`/api/1/events/${event}?show_full_json=False`),
      TracedEvent: await api.json(`/api/2/events/${event}?show_full_json=True`),
      TracedEventSummary: await api.json(`/api/2/events/${event}`),
      Paging: (await api.json('/api/1/builds/')).meta,
      Error: await api.json('/api/1/builds/99', 404),
      About: await api.json('/api/1/about/'),
      Readiness: await api.json('/health/ready'),
      NameOfId: await api.json('/api/1/build-types/1'),
    }
    const traced = ['Error', 'TracedEvent', 'TracedEventSummary']
    const optional = traced.map((name) => `${name} trace_id`) // where traces are exported
    for (const [name, answer] of Object.entries(answers)) {
      const schema = document.components.schemas[name]
      const properties = Object.keys(schema?.properties ?? {}).filter(
        (property) => !optional.includes(`${name} ${property}`),
      )
      expect(properties.toSorted(), name).toEqual(Object.keys(answer).toSorted())
      expect(schema?.required?.toSorted(), name).toEqual(Object.keys(answer).toSorted())
    }
  })

  it.each([
    ['/'],
    ['/healthcheck'],
    ['/health/live'],
    ['/health/ready'],
    ['/metrics'],
    ['/api/1/monitor/metrics'],
    ['/api/2/about/'],
    ['/api/1/event-types/'],
    ['/api/1/build-states/3'],
    ['/api/1/build-types/99'],
    ['/api/1/builds/'],
    ['/api/1/builds/1'],
    ['/api/1/builds/?order_by=-foo'],
    ['/api/1/events/'],
    ['/api/2/events/'],
    ['/api/1/events/1'],
    ['/api/2/events/1'],
    ['/api/2/events/99'],
    ['/api/2/events/1/why'],
    ['/api/2/pullspec_overrides/1'],
  ])('describes the response of %s', async (address) => {
    const event = await storeEvent(api.ctx.db)
    await storeBuild(api.ctx.db, { event })
    const [path = ''] = address.split('?')
    expect(faultOfAnswer(document, 'get', path, await answerTo(address))).toBeNull()
  })
})

async function answerTo(address: string) {
  const response = await api.request(address)
  return { status: response.status, headers: response.headers, text: await response.text() }
}
