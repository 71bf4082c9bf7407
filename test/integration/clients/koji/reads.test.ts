/** Bulk reads from the build system: few requests, and a problem with one item affects only that item. */
import { describe, expect, test, vi } from 'vitest'
import { KojiFault } from '../../../../src/clients/koji/hub/fault.ts'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import { logOfRetries } from '../../../support/lab/client-options.ts'
import { startHub } from '../../../support/lab/fake-hub.ts'
import { hubWithImages, kojiClient } from '../../../support/lab/koji-client.ts'
import { containerBuild } from '../../../support/lab/koji-structs.ts'

describe('many reads', () => {
  test('are sent in multicalls of at most 250, and every caller gets its own answer', async () => {
    const builds = Array.from({ length: 600 }, (_, index) =>
      containerBuild(index + 1, `app${index + 1}-container-1.0-1`),
    )
    const hub = await hubWithImages(builds)
    const nvrs = [...builds.map(({ nvr }) => String(nvr)), 'missing-1-1', 'nonsense']
    const found = await kojiClient(hub, { timeoutMs: 30_000 }).getBuilds(nvrs)
    expect(hub.received).toHaveLength(3)
    expect(found.get('app250-container-1.0-1')).toMatchObject({
      id: 250,
      state: 'COMPLETE',
      taskId: 1250,
      volume: null,
      composeIds: [101, 102],
      parent: { id: 5, nvr: 'nginx-container-1.22-5' },
      flatpak: false,
    })
    expect(found.get('missing-1-1')).toBeNull()
    expect(found.get('nonsense')).toBeNull()
    expect(found.size).toBe(602)
  })

  test('of single items at the same time are sent together', async () => {
    const hub = await startHub()
    hub.methods.listTags = ([nvr = '']) => [{ id: 1, name: `tag-of-${String(nvr)}`, arches: null }]
    const koji = kojiClient(hub)
    const tags = await Promise.all(Array.from({ length: 40 }, (_, index) => koji.listTags(`a-1-${index}`)))
    expect(tags[39]).toEqual([{ name: 'tag-of-a-1-39' }])
    expect(hub.received).toHaveLength(1)
  })

  test('of single builds are joined, while those of a list leave at once', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => index + 1)
    const hub = await hubWithImages(ids.map((id) => containerBuild(id, `app-container-1-${id}`)))
    const koji = kojiClient(hub)
    const builds = await Promise.all([...ids, 99].map((id) => koji.getBuild(id)))
    expect(builds.map((build) => build?.id ?? null)).toEqual([...ids, null])
    expect(hub.received).toHaveLength(1)
    await Promise.all([koji.getBuilds([1]), koji.getBuilds([2])])
    expect(hub.received).toHaveLength(3)
  })

  test('need no login', async () => {
    const hub = await hubWithImages([containerBuild(1, 'app-container-1-1')])
    await kojiClient(hub).getBuilds([1, 2])
    expect(hub.ran).toEqual(['multiCall', 'getBuild', 'getBuild'])
  })

  test('of one item are sent without a multicall, and a fault concerns this item, as in a multicall', async () => {
    const hub = await hubWithImages([containerBuild(1, 'app-container-1-1')])
    const koji = kojiClient(hub)
    expect((await koji.getBuilds(['app-container-1-1'])).get('app-container-1-1')?.id).toBe(1)
    expect((await koji.getBuilds(['nonsense'])).get('nonsense')).toBeNull()
    hub.methods.listTags = () => {
      throw new KojiFault(1000, 'No such build: a-1-1')
    }
    await expect(koji.listTags('a-1-1')).rejects.toMatchObject({ code: 1000, text: 'No such build: a-1-1' })
    const sources = await koji.buildSources(['nonsense'], { imageExtraRepo: {}, supplyArchOverrides: false })
    expect(sources.get('nonsense')).toEqual({
      error: 'Cannot get data from Koji for build nonsense: invalid format: nonsense.',
    })
    expect(hub.ran).toEqual(['getBuild', 'getBuild', 'listTags', 'getBuild'])
  })

  test.each([1, 2])('of %i items reject as a whole when the hub stays offline', async (count) => {
    const hub = await startHub()
    const offline = () => {
      throw new KojiFault(1014, 'server is offline')
    }
    Object.assign(hub.methods, { getBuild: offline, multiCall: offline })
    const nvrs = ['a-1-1', 'b-1-1'].slice(0, count)
    const fetching = kojiClient(hub).buildSources(nvrs, { imageExtraRepo: {}, supplyArchOverrides: false })
    await expect(fetching).rejects.toMatchObject({ code: 1014 })
    expect(hub.received).toHaveLength(3)
  })

  test.each([
    [[], 'the answer has 0 entries for 2 calls'],
    [[[1], [2], [3]], 'the answer has 3 entries for 2 calls'],
    [null, 'the answer is not a list'],
    [{ faultless: true }, 'the answer is not a list'],
  ])(
    'whose answer as a whole is %j are trouble of the hub, and say nothing of the items',
    async (answer, detail) => {
      const hub = await startHub()
      hub.methods.multiCall = () => answer
      const fetching = kojiClient(hub).buildSources(['a-1-1', 'b-1-1'], {
        imageExtraRepo: {},
        supplyArchOverrides: false,
      })
      await expect(fetching).rejects.toMatchObject({
        message: `koji: multiCall: ${detail}`,
        blame: 'service',
      })
    },
  )

  test('are not known while the hub answers with other things', async () => {
    const hub = await startHub()
    hub.methods.getBuild = () => containerBuild(6, 'other-1-1')
    hub.methods.getTaskInfo = () => ({ id: 6, method: null, state: 2 })
    hub.methods.getBuildTarget = () => ({ id: 6, name: 'other', build_tag_name: 'b', dest_tag_name: 'd' })
    const koji = kojiClient(hub)
    const about = (method: string, answered: string | number, requested: string | number) => ({
      blame: 'thing',
      message: `koji: ${method}: the answer is about ${answered}, not ${requested}`,
    })
    await expect(koji.getBuild(5)).rejects.toMatchObject(about('getBuild', 6, 5))
    const wrongNvr = about('getBuild', 'other-1-1', 'app-1-1')
    await expect(koji.getBuild('app-1-1')).rejects.toMatchObject(wrongNvr)
    expect([...(await koji.getBuilds(['other-1-1', 'app-1-1'])).keys()]).toEqual(['other-1-1'])
    const origins = await koji.buildOrigins(['app-1-1'], {})
    expect(origins.get('app-1-1')).toMatchObject({ ok: false, error: wrongNvr })
    await expect(koji.taskOutcome(5)).rejects.toMatchObject(about('getTaskInfo', 6, 5))
    expect([...(await koji.taskInfos([5, 6])).keys()]).toEqual([6])
    await expect(koji.getBuildTarget('t')).rejects.toMatchObject(about('getBuildTarget', 'other', 't'))
    expect((await koji.getBuild('other-2:1-1'))?.nvr).toBe('other-1-1')
  })

  test('are retried while the hub has transient failures', async () => {
    const hub = await hubWithImages([containerBuild(1, 'app-container-1-1')])
    hub.troubles.push({ when: 'before', kind: 500 }, { when: 'after', kind: 'drop' })
    expect((await kojiClient(hub).getBuilds([1])).get(1)?.nvr).toBe('app-container-1-1')
    expect(hub.received).toHaveLength(3)
  })

  test('are retried after the delay that the hub requests, unless that is too long for their caller', async () => {
    const hub = await hubWithImages([containerBuild(1, 'app-container-1-1')])
    hub.troubles.push({ when: 'before', kind: 429, retryAfterS: 1 })
    const koji = kojiClient(hub)
    const started = performance.now()
    expect((await koji.getBuild(1))?.nvr).toBe('app-container-1-1')
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
    hub.troubles.push({ when: 'before', kind: 503, retryAfterS: 30 })
    const impatient = koji.buildOrigins(['app-container-1-1'], { maxDelayMs: 5000 })
    await expect(impatient).rejects.toMatchObject({ status: 503, retryAfterMs: 30_000 })
  })

  test('end at once when their caller gives up while they wait to be retried', async () => {
    const hub = await startHub()
    hub.troubles.push({ when: 'before', kind: 503, retryAfterS: 30 })
    const given = new AbortController()
    const log = logOfRetries(() => given.abort())
    const fetching = kojiClient(hub, { log }).buildOrigins(['app-container-1-1'], { signal: given.signal })
    await expect(fetching).rejects.toMatchObject({ status: 503 })
    expect(hub.received).toHaveLength(1)
  })

  test('are retried while the hub reports in a 200 that it is offline', async () => {
    const hub = await startHub()
    let calls = 0
    hub.methods.getKojiVersion = () => {
      if (++calls < 3) throw new KojiFault(1014, 'server is offline')
      return '1.35.3'
    }
    expect(await kojiClient(hub).ping()).toBe('1.35.3')
  })

  test('fail without a retry when the hub refuses them or sends garbage', async () => {
    const hub = await startHub()
    const koji = kojiClient(hub)
    hub.troubles.push({ when: 'before', kind: 400 })
    await expect(koji.ping()).rejects.toMatchObject({ status: 400 })
    hub.troubles.push({ when: 'before', kind: 'garbage' })
    await expect(koji.ping()).rejects.toMatchObject({ failure: 'bad-answer' })
    expect(hub.received).toHaveLength(2)
  })

  test('report the method and the place once when answers have an unexpected shape, and return the others', async () => {
    const hub = await startHub()
    hub.methods.getTaskInfo = ([id]) => ({ id: Number(id), method: null, state: Number(id) > 1 ? 17 : 2 })
    const onUnreadable = vi.fn<ReportUnreadable>()
    const tasks = await kojiClient(hub, { onUnreadable }).taskInfos([1, 2, 3])
    expect([...tasks].map(([id, task]) => [id, task?.state])).toEqual([[1, 'CLOSED']])
    const message = "koji: getTaskInfo: unexpected answer at 'state': unknown state 17"
    const unreadable = [
      { path: '1', message },
      { path: '2', message },
    ]
    expect(onUnreadable.mock.calls).toEqual([[{ service: 'koji', what: 'getTaskInfo', unreadable }]])
  })
})

test('builds whose records cannot be read are missing, also when all are', async () => {
  const hub = await startHub()
  hub.methods.getBuild = ([id]) =>
    id === 1 ? containerBuild(1, 'app-1-1') : { ...containerBuild(2, 'app-1-2'), state: 'odd' }
  expect([...(await kojiClient(hub).getBuilds([1, 2])).keys()]).toEqual([1])
  expect(await kojiClient(hub).getBuilds([2])).toEqual(new Map())
})

test.each([[null], [{}], [[]], ['']])(
  'an empty answer (%j) says that there is no such build',
  async (empty) => {
    const hub = await startHub()
    hub.methods.getBuild = ([nvr]) => (nvr === 'a-1-1' ? empty : { source: 'git://x' })
    const koji = kojiClient(hub)
    expect((await koji.getBuilds(['a-1-1'])).get('a-1-1')).toBeNull()
    const origins = await koji.buildOrigins(['a-1-1', 'b-1-1'], { signal: AbortSignal.timeout(60_000) })
    expect(origins.get('a-1-1')).toEqual({ ok: true, value: null })
    expect(origins.get('b-1-1')).toEqual({ ok: true, value: { createdAt: null, sourceUrl: 'git://x' } })
  },
)

test('tags and targets are reduced to what is needed', async () => {
  const hub = await startHub()
  hub.methods.listTagged = ([tag], named) => {
    expect([tag, named]).toEqual(['rhel-8-candidate', { latest: true, package: 'openssl', __starstar: true }])
    return [{ build_id: 2, nvr: 'openssl-1-2', tag_name: tag ?? '' }]
  }
  hub.methods.getBuildTarget = ([name]) =>
    name === 't' ? { id: 1, name, build_tag: 1, build_tag_name: 'b', dest_tag: 2, dest_tag_name: 'd' } : null
  const koji = kojiClient(hub)
  expect(await koji.listTagged('rhel-8-candidate', { latest: true, package: 'openssl' })).toEqual({
    read: [{ nvr: 'openssl-1-2' }],
    unreadable: [],
  })
  expect(await koji.getBuildTarget('t')).toEqual({ id: 1, name: 't', buildTag: 'b', destTag: 'd' })
  expect(await koji.getBuildTarget('nope')).toBeNull()
  expect(await koji.getLoggedInUser()).toBeNull()
})
