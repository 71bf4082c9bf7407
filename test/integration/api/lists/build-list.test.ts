import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArtifactBuildCompose, Compose } from '../../../../src/db/entities/compose.ts'
import { startApi, storeBuild, storeEvent, type TestApi } from '../../../support/api/api.ts'

let api: TestApi
/** Ids by the names of the builds. */
const ids: Record<string, number> = {}
let advisory: number
let manual: number

beforeAll(async () => {
  api = await startApi()
  const { db } = api.ctx
  advisory = await storeEvent(db, { searchKey: '100' })
  manual = await storeEvent(db, { searchKey: '200', eventTypeId: 13 })
  const store = async (name: string, fields: Parameters<typeof storeBuild>[1]) => {
    ids[name] = await storeBuild(db, { name, originalNvr: `${name}-1-1`, ...fields })
  }
  await store('base', { event: advisory, state: 1, buildId: 30, rebuiltNvr: 'base-1-1.7', rebuildReason: 2 })
  await store('child', { event: advisory, state: 0, buildId: 20, depOn: ids.base })
  await store('module', { event: manual, state: 2, type: 2, buildId: -2 })
  await store('alone', { event: manual, bundlePullspecOverrides: '{"b": 1, "a": [2]}' })
})
afterAll(() => api.drop())

async function namesFor(query: string): Promise<string[]> {
  const { items, meta } = await api.json(`/api/1/builds/?${query}`)
  expect(meta.total).toBe(items.length)
  return items.map(({ name }: { name: string }) => name)
}

describe('builds', () => {
  it.each([
    ['type=1', ['alone', 'child', 'base']],
    ['type=Module', ['module']],
    ['type=', ['alone', 'module', 'child', 'base']],
    ['state=done', ['base']],
    ['state=4', ['alone']],
    ['state=', ['alone', 'module', 'child', 'base']],
    ['state=done&state=failed', ['base']],
    ['name=child', ['child']],
    ['name=', ['alone', 'module', 'child', 'base']],
    ['name=chil', []],
    ['original_nvr=base-1-1', ['base']],
    ['rebuilt_nvr=base-1-1.7', ['base']],
    ['build_id=20', ['child']],
    ['build_id=-2', ['module']],
    ['build_id=99999999999', []],
    ['event_type_id=13', ['alone', 'module']],
    ['event_type_id=17', []],
    ['event_search_key=100', ['child', 'base']],
    ['event_search_key=100&event_type_id=13', []],
    ['event_search_key=200&event_type_id=13&state=failed', ['module']],
    ['event_type_id=13&type=image', ['alone']],
    ['name=base&name=child', ['base']],
    ['nonsense=1&id=7', ['alone', 'module', 'child', 'base']],
    ['order_by=name', ['alone', 'base', 'child', 'module']],
    ['order_by=-name', ['module', 'child', 'base', 'alone']],
    ['order_by=event_id', ['base', 'child', 'module', 'alone']],
    ['order_by=-event_id', ['alone', 'module', 'child', 'base']],
    ['order_by=build_id', ['module', 'child', 'base', 'alone']],
    ['order_by=-build_id', ['alone', 'base', 'child', 'module']],
    ['order_by=dep_on_id', ['child', 'base', 'module', 'alone']],
    ['order_by=-original_nvr', ['module', 'child', 'base', 'alone']],
    ['order_by=rebuilt_nvr', ['base', 'child', 'module', 'alone']],
  ])('are found by %s', async (query, names) => {
    expect(await namesFor(query)).toEqual(names)
  })

  it('are found by the ids of their event and their parent', async () => {
    expect(await namesFor(`event_id=${manual}`)).toEqual(['alone', 'module'])
    expect(await namesFor(`dep_on_id=${ids.base}`)).toEqual(['child'])
  })

  it.each([
    ['type=100', 'An invalid artifact type was supplied'],
    ['type=foo', 'An invalid artifact type was supplied'],
    ['type=-1', 'An invalid artifact type was supplied'],
    ['state=100', 'An invalid state was supplied'],
    ['state=constructor', 'An invalid state was supplied'],
    ['event_id=abc', 'Invalid event_id was supplied: abc'],
    ['dep_on_id=1.5', 'Invalid dep_on_id was supplied: 1.5'],
    ['build_id=0x1', 'Invalid build_id was supplied: 0x1'],
    ['event_type_id=ten', 'Invalid event_type_id was supplied: ten'],
  ])('are not searched with the invalid argument %s', async (query, message) => {
    expect(await api.json(`/api/1/builds/?${query}`, 400)).toEqual({
      error: 'Bad Request',
      message,
      status: 400,
    })
  })

  it('are shown with the name of their parent and their composes', async () => {
    const em = api.ctx.db.orm.em.fork()
    const second = em.create(Compose, { odcsComposeId: 7 })
    const first = em.create(Compose, { odcsComposeId: 12 })
    await em.flush()
    for (const compose of [first, second])
      em.create(ArtifactBuildCompose, { build: ids.child ?? 0, compose: compose.id })
    await em.flush()
    expect(await api.json(`/api/2/builds/${ids.child}`)).toMatchObject({
      dep_on: 'base',
      dep_on_id: ids.base,
      odcs_composes: [7, 12],
    })
  })

  it('are identical in both versions, except for what version 2 adds to a single build', async () => {
    const alone = await api.json(`/api/1/builds/${ids.child}`)
    const build = await api.json(`/api/2/builds/${ids.child}`)
    expect(Object.keys(build)).toEqual(Object.keys(build).toSorted())
    const { tries, failure_detail, verification_note, ...same } = build
    expect(same).toEqual(alone)
    expect([tries, failure_detail, verification_note]).toEqual([[], null, null])
    expect((await api.json('/api/2/builds/?name=child')).items).toEqual([alone])
  })

  it.each(['999999', '2147483648', '9'.repeat(40)])('are not found under the unknown id %s', async (id) => {
    expect((await api.json(`/api/1/builds/${id}`, 404)).message).toBe('No such build found.')
  })
})

describe('pullspec overrides', () => {
  it('are the stored object', async () => {
    expect(await api.json(`/api/2/pullspec_overrides/${ids.alone}`)).toEqual({ a: [2], b: 1 })
  })

  it('are null for a build without overrides', async () => {
    expect(await api.json(`/api/1/pullspec_overrides/${ids.base}`)).toBeNull()
  })

  it('are not found for an unknown build', async () => {
    expect((await api.json('/api/1/pullspec_overrides/99999', 404)).message).toBe('No such bundle build')
  })
})
