/** Bulk reads from the build system: few requests, and a problem with one item affects only that item. */
import { describe, expect, test, vi } from 'vitest'
import { createKojiClient, type KojiOptions } from '../../../../src/clients/koji/client.ts'
import { KojiFault } from '../../../../src/clients/koji/hub/fault.ts'
import type { ReportUnreadable } from '../../../../src/lib/records.ts'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { clientOptions, logOfRetries } from '../../../support/lab/client-options.ts'
import { type FakeHub, startHub } from '../../../support/lab/fake-hub.ts'
import { containerBuild, imageArchive, rpm } from '../../../support/lab/koji-structs.ts'
import { sendJson, serve } from '../../../support/servers/http-server.ts'

function client(hub: FakeHub, changes: Partial<KojiOptions> = {}) {
  return createKojiClient({
    ...clientOptions(hub.url),
    auth: { kind: 'none' },
    requestsPerSecond: 1000,
    ...changes,
  })
}

/** A hub with these container builds, and a task for each of them. */
async function hubWith(builds: ReturnType<typeof containerBuild>[]) {
  const hub = await startHub()
  hub.methods.getBuild = ([wanted]) => {
    if (typeof wanted === 'string' && !/-.+-/.test(wanted))
      throw new KojiFault(1000, `invalid format: ${wanted}`)
    return builds.find(({ id, nvr }) => id === wanted || nvr === wanted) ?? null
  }
  hub.methods.getTaskRequest = ([id]) => {
    if (id === 404) throw new KojiFault(1000, 'query returned no rows')
    return [
      `git://pkgs.example.com/rpms/task-${id}#f00d`,
      'rhel-8-containers-candidate',
      { git_branch: 'rhel-8' },
    ]
  }
  hub.methods.listArchives = (_params, { buildID, type }) =>
    type === 'image'
      ? [imageArchive(Number(buildID) * 10, 'x86_64'), imageArchive(Number(buildID) * 10 + 1, 'aarch64')]
      : []
  return hub
}

describe('many reads', () => {
  test('are sent in multicalls of at most 250, and every caller gets its own answer', async () => {
    const builds = Array.from({ length: 600 }, (_, index) =>
      containerBuild(index + 1, `app${index + 1}-container-1.0-1`),
    )
    const hub = await hubWith(builds)
    const nvrs = [...builds.map(({ nvr }) => String(nvr)), 'missing-1-1', 'nonsense']
    const found = await client(hub, { timeoutMs: 30_000 }).getBuilds(nvrs)
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
    const koji = client(hub)
    const tags = await Promise.all(Array.from({ length: 40 }, (_, index) => koji.listTags(`a-1-${index}`)))
    expect(tags[39]).toEqual([{ name: 'tag-of-a-1-39' }])
    expect(hub.received).toHaveLength(1)
  })

  test('of single builds are joined, while those of a list leave at once', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => index + 1)
    const hub = await hubWith(ids.map((id) => containerBuild(id, `app-container-1-${id}`)))
    const koji = client(hub)
    const builds = await Promise.all([...ids, 99].map((id) => koji.getBuild(id)))
    expect(builds.map((build) => build?.id ?? null)).toEqual([...ids, null])
    expect(hub.received).toHaveLength(1)
    await Promise.all([koji.getBuilds([1]), koji.getBuilds([2])])
    expect(hub.received).toHaveLength(3)
  })

  test('need no login', async () => {
    const hub = await hubWith([containerBuild(1, 'app-container-1-1')])
    await client(hub).getBuilds([1, 2])
    expect(hub.ran).toEqual(['multiCall', 'getBuild', 'getBuild'])
  })

  test('of one item are sent without a multicall, and a fault concerns this item, as in a multicall', async () => {
    const hub = await hubWith([containerBuild(1, 'app-container-1-1')])
    const koji = client(hub)
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
    const fetching = client(hub).buildSources(nvrs, { imageExtraRepo: {}, supplyArchOverrides: false })
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
      const fetching = client(hub).buildSources(['a-1-1', 'b-1-1'], {
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
    const koji = client(hub)
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
    const hub = await hubWith([containerBuild(1, 'app-container-1-1')])
    hub.troubles.push({ when: 'before', kind: 500 }, { when: 'after', kind: 'drop' })
    expect((await client(hub).getBuilds([1])).get(1)?.nvr).toBe('app-container-1-1')
    expect(hub.received).toHaveLength(3)
  })

  test('are retried after the delay that the hub requests, unless that is too long for their caller', async () => {
    const hub = await hubWith([containerBuild(1, 'app-container-1-1')])
    hub.troubles.push({ when: 'before', kind: 429, retryAfterS: 1 })
    const koji = client(hub)
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
    const fetching = client(hub, { log }).buildOrigins(['app-container-1-1'], { signal: given.signal })
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
    expect(await client(hub).ping()).toBe('1.35.3')
  })

  test('fail without a retry when the hub refuses them or sends garbage', async () => {
    const hub = await startHub()
    const koji = client(hub)
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
    const tasks = await client(hub, { onUnreadable }).taskInfos([1, 2, 3])
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
  expect([...(await client(hub).getBuilds([1, 2])).keys()]).toEqual([1])
  expect(await client(hub).getBuilds([2])).toEqual(new Map())
})

test.each([[null], [{}], [[]], ['']])(
  'an empty answer (%j) says that there is no such build',
  async (empty) => {
    const hub = await startHub()
    hub.methods.getBuild = ([nvr]) => (nvr === 'a-1-1' ? empty : { source: 'git://x' })
    const koji = client(hub)
    expect((await koji.getBuilds(['a-1-1'])).get('a-1-1')).toBeNull()
    const origins = await koji.buildOrigins(['a-1-1', 'b-1-1'], { signal: AbortSignal.timeout(60_000) })
    expect(origins.get('a-1-1')).toEqual({ ok: true, value: null })
    expect(origins.get('b-1-1')).toEqual({ ok: true, value: { createdAt: null, sourceUrl: 'git://x' } })
  },
)

describe('tasks', () => {
  test('have their states by name, and are null if unknown to the hub', async () => {
    const hub = await startHub()
    hub.tasks = [0, 1, 2, 3, 4, 5].map((state) => ({ id: state + 10, request: [], state }))
    const infos = await client(hub).taskInfos([10, 11, 12, 13, 14, 15, 99])
    expect([...infos.values()].map((task) => task?.state)).toEqual([
      'FREE',
      'OPEN',
      'CLOSED',
      'CANCELED',
      'ASSIGNED',
      'FAILED',
      undefined,
    ])
    expect(infos.get(99)).toBeNull()
    expect(hub.received).toHaveLength(1)
  })

  type Result = XmlRpcInput | KojiFault
  /** What the hub answers inside a multicall when the text of a failed build has characters that XML does not. */
  const EXPAT = new KojiFault(1, 'not well-formed (invalid token): line 7, column 31')

  /** The outcome of task 1 in `state`, with children (`odd`: a list that cannot be read) and results by task id. */
  async function outcomeOf(state: number, results: Record<number, Result>, children: number[] | 'odd' = []) {
    const hub = await startHub()
    hub.tasks = [{ id: 1, request: [], state }]
    hub.methods.getTaskChildren = () =>
      children === 'odd' ? children : children.map((id) => ({ id, state: 2, method: 'createContainer' }))
    hub.methods.getTaskResult = ([id], named) => {
      if (named.raise_fault !== false) throw new KojiFault(1000, 'must request faults as values')
      const result = results[Number(id)]
      if (result === undefined) throw new KojiFault(1000, `Task ${id} is canceled`)
      if (result instanceof KojiFault) throw result
      return result
    }
    return client(hub).taskOutcome(1)
  }

  test.each<[string, number, Record<number, Result>, number[], unknown]>([
    [
      'its own build',
      2,
      { 1: { koji_builds: ['1016224'], repositories: ['r'] } },
      [],
      { kind: 'closed', kojiBuildId: 1016224 },
    ],
    [
      'the last of several builds',
      2,
      { 1: { koji_builds: ['1', '2'] } },
      [],
      { kind: 'closed', kojiBuildId: 2 },
    ],
    [
      'no build when scratch',
      2,
      { 1: { koji_builds: [], repositories: ['r'] } },
      [],
      { kind: 'closed', kojiBuildId: null },
    ],
    ['no build when the result is something else', 2, { 1: 'ok' }, [], { kind: 'closed', kojiBuildId: null }],
    [
      'the build of the first child that has one',
      2,
      { 1: { koji_builds: ['9'] }, 7: { koji_builds: [] }, 8: { koji_builds: ['8'] } },
      [7, 8],
      { kind: 'closed', kojiBuildId: 8 },
    ],
    [
      'its own build when a child was canceled',
      2,
      { 1: { koji_builds: ['9'] } },
      [7],
      { kind: 'closed', kojiBuildId: 9 },
    ],
    [
      'its fault',
      5,
      { 1: { faultCode: 2001, faultString: 'Image build failed.' } },
      [],
      { kind: 'failed', fault: { code: 2001, text: 'Image build failed.' } },
    ],
    [
      'the beginning and the end of its fault',
      5,
      { 1: { faultCode: 2001, faultString: `make: ${'.'.repeat(1_000_000)}Error 1` } },
      [],
      {
        kind: 'failed',
        fault: { code: 2001, text: expect.stringMatching(/^make: \.{4994}\n.{1,40}\n\.{4993}Error 1$/) },
      },
    ],
    [
      'that it failed silently',
      5,
      { 1: null },
      [],
      { kind: 'failed', fault: { code: 0, text: 'Task 1 failed without a reason' } },
    ],
    [
      'that it failed, although the hub cannot decode the reason',
      5,
      { 1: EXPAT },
      [],
      {
        kind: 'failed',
        fault: { code: 0, text: `Task 1 failed; Koji cannot tell the reason: ${EXPAT.message}` },
      },
    ],
    ['that it was canceled', 3, {}, [], { kind: 'canceled' }],
    ['that it runs', 4, {}, [], { kind: 'running', state: 'ASSIGNED' }],
  ])('have as outcome %s', async (_name, state, results, children, outcome) => {
    expect(await outcomeOf(state, results, children)).toEqual(outcome)
  })

  test('have their own build although their children cannot be read; without one it is not known', async () => {
    const outcomeWith = (ids: string[]) => outcomeOf(2, { 1: { koji_builds: ids } }, 'odd')
    expect(await outcomeWith(['9'])).toEqual({ kind: 'closed', kojiBuildId: 9 })
    await expect(outcomeWith([])).rejects.toMatchObject({ failure: 'odd-answer' })
  })

  test('unknown to the hub are lost', async () => {
    expect(await client(await startHub()).taskOutcome(1)).toEqual({ kind: 'lost' })
  })
})

describe('sources of images', () => {
  const OPTIONS = { imageExtraRepo: {}, supplyArchOverrides: false }
  const entry = (parent: XmlRpcInput) => ({
    parent_image_builds: { 'registry.example.com/parent:1': parent },
  })

  test('are read in one request for the builds and one for the tasks', async () => {
    const hub = await hubWith([
      containerBuild(1, 'app-container-1-1'),
      containerBuild(2, 'web-container-1-1'),
    ])
    const sources = await client(hub).buildSources(
      ['app-container-1-1', 'web-container-1-1', 'app-container-1-1'],
      OPTIONS,
    )
    expect(hub.received).toHaveLength(2)
    expect(sources.get('app-container-1-1')).toEqual({
      kojiBuildId: 1,
      repository: 'containers/app',
      commit: '89abcdef01',
      target: 'rhel-8-containers-candidate',
      branch: 'rhel-8',
      arches: null,
      odcsComposeIds: [101, 102],
      parent: { nvr: 'nginx-container-1.22-5' },
      filesystemTaskId: null,
      flatpak: false,
    })
    expect(sources.size).toBe(2)
  })

  test.each<[string, Record<string, XmlRpcInput>, object | null]>([
    ['is a text', { parent_build_id: '5' }, { nvr: 'nginx-container-1.22-5' }],
    [
      'is a text in its entry',
      entry({ id: '5', nvr: 'nginx-container-1.22-5' }),
      { nvr: 'nginx-container-1.22-5' },
    ],
    ['has no entry', { parent_build_id: 2 }, { nvr: 'web-container-1-1' }],
    ['has an empty entry', { parent_build_id: 2, ...entry(null) }, { nvr: 'web-container-1-1' }],
    [
      'has an entry that is not a valid NVR',
      { parent_build_id: 2, ...entry({ id: 2, nvr: 'web' }) },
      { nvr: 'web-container-1-1' },
    ],
    [
      'is that of no build',
      { parent_build_id: 9 },
      { error: expect.stringMatching(/is build 9, .*: Koji does not know it\.$/) },
    ],
    [
      'cannot be read',
      { parent_build_id: {} },
      { error: expect.stringMatching(/its parent_build_id cannot be read\.$/) },
    ],
    ['is missing', { parent_build_id: null }, null],
    ['is 0', { parent_build_id: 0 }, null],
    ['is an empty text', { parent_build_id: '' }, null],
  ])('have a parent whose number %s, or the reason why it is not known', async (_what, image, parent) => {
    const hub = await hubWith([
      containerBuild(1, 'app-container-1-1', {}, { image }),
      containerBuild(2, 'web-container-1-1'),
    ])
    const sources = await client(hub).buildSources(['app-container-1-1'], OPTIONS)
    expect(sources.get('app-container-1-1')).toMatchObject({ commit: '89abcdef01', parent })
  })

  test('include the architectures of the archives if these are to be supplied', async () => {
    const hub = await hubWith([containerBuild(1, 'app-container-1-1')])
    const sources = await client(hub).buildSources(['app-container-1-1'], {
      ...OPTIONS,
      supplyArchOverrides: true,
    })
    expect(sources.get('app-container-1-1')).toMatchObject({ arches: 'aarch64 x86_64' })
  })

  test('that are unknown have a reason, each its own', async () => {
    const hub = await hubWith([
      containerBuild(1, 'good-container-1-1'),
      containerBuild(2, 'no-task-container-1-1', {}, { extra: { container_koji_task_id: null } }),
      containerBuild(3, 'lost-task-container-1-1', { task_id: 404 }),
      containerBuild(4, 'base-container-8.9-1', {}, { extra: { filesystem_koji_task_id: 77 } }),
      containerBuild(5, 'odd-container-1-1', { state: 'COMPLETE' }),
    ])
    const named = ['good-container-1-1', 'gone-container-1-1', 'nonsense', 'no-task-container-1-1']
    const more = ['lost-task-container-1-1', 'base-container-8.9-1', 'odd-container-1-1']
    const sources = await client(hub).buildSources([...named, ...more], OPTIONS)
    const errors = Object.fromEntries(
      [...sources].map(([nvr, source]) => [nvr, 'error' in source ? source.error : null]),
    )
    expect(errors).toMatchObject({
      'good-container-1-1': null,
      'gone-container-1-1':
        'Cannot get data from Koji for build gone-container-1-1: Cannot find Koji build with nvr gone-container-1-1 in Koji.',
      nonsense: 'Cannot get data from Koji for build nonsense: invalid format: nonsense.',
      'lost-task-container-1-1':
        'Cannot get data from Koji for build lost-task-container-1-1: query returned no rows.',
      'base-container-8.9-1':
        'base-container-8.9 is a base image, but extra image repo for it is not specified in the Freshmaker configuration.',
    })
    expect(errors['no-task-container-1-1']).toMatch(
      /Cannot find task_id or container_koji_task_id in the Koji build \{/,
    )
    expect(errors['odd-container-1-1']).toContain("unexpected answer at 'state'")
  })
})

test('the epochs of RPMs are those that the builds of RPMs are listed with', async () => {
  const hub = await startHub()
  const ofPerl: XmlRpcInput[] = [
    { ...rpm('perl', '5.26.3', '421.el8', 'src'), epoch: 4 },
    { ...rpm('perl-IO', '1.38', '421.el8', 'x86_64'), epoch: null },
    { ...rpm('perl-IO', '1.38', '421.el8', 'aarch64'), epoch: null },
    { ...rpm('perl-Odd', '1.0', '421.el8', 'x86_64'), epoch: 'odd' },
    { name: 'nothing else' },
  ]
  hub.methods.listRPMs = (_params, { buildID }) => {
    if (buildID === 3) throw new KojiFault(1000, 'no such build')
    return buildID === 1 ? ofPerl : []
  }
  const koji = client(hub)
  expect([...(await koji.rpmEpochs([1, 2, 3]))]).toEqual([
    ['perl-5.26.3-421.el8', 4],
    ['perl-IO-1.38-421.el8', 0],
  ])
  expect(hub.received).toHaveLength(1)
  expect([...(await koji.rpmNames([1, 2, 3]))]).toEqual(['perl', 'perl-IO', 'perl-Odd'])
  hub.methods.listRPMs = () => {
    throw new KojiFault(1014, 'offline')
  }
  await expect(koji.rpmEpochs([1])).rejects.toMatchObject({ code: 1014 })
})

describe('the RPMs of an image', () => {
  const listed: Record<number, XmlRpcInput[]> = {
    10: [rpm('openssl-libs', '1.1.1k', '12.el8_9', 'x86_64'), rpm('tzdata', '2026a', '1.el8', 'noarch')],
    11: [rpm('openssl-libs', '1.1.1k', '14.el8_9', 'aarch64'), rpm('tzdata', '2026a', '1.el8', 'noarch')],
  }

  async function hubWithRpms(rpms: Record<number, XmlRpcInput[]>, changes = {}) {
    const hub = await hubWith([containerBuild(1, 'app-container-1-1', changes)])
    hub.methods.listRPMs = (_params, { imageID }) => rpms[Number(imageID)] ?? []
    return hub
  }

  /** A server of the hub's files with one metadata file. */
  async function filesWith(path: string) {
    const rpmOf = (arch: string, release: string) => ({
      type: 'rpm',
      name: 'openssl-libs',
      version: '1.1.1k',
      release,
      arch,
      epoch: 1,
      sigmd5: 'x',
      signature: null,
    })
    return serve((request, response) => {
      if (request.url === '/moved') return
      if (request.url !== path) return sendJson(response, {}, 404)
      sendJson(response, {
        metadata_version: 0,
        output: [
          { type: 'log', filename: 'build.log', arch: 'noarch' },
          {
            type: 'docker-image',
            arch: 'x86_64',
            components: [rpmOf('x86_64', '12.el8_9'), { type: 'other' }],
          },
          { type: 'docker-image', arch: 'aarch64', components: [rpmOf('aarch64', '14.el8_9')] },
        ],
      })
    })
  }

  test('are the distinct RPMs of all its architectures', async () => {
    const hub = await hubWithRpms(listed)
    const { rpms, isWhole, everywhere } = await client(hub).listedRpms(1)
    expect(isWhole).toBe(true)
    expect([...everywhere]).toEqual(['openssl-libs', 'tzdata'])
    expect(rpms.map(({ nvr, arch }) => `${nvr}.${arch}`)).toEqual([
      'openssl-libs-1.1.1k-12.el8_9.x86_64',
      'tzdata-2026a-1.el8.noarch',
      'openssl-libs-1.1.1k-14.el8_9.aarch64',
    ])
    expect(rpms[0]).toMatchObject({
      name: 'openssl-libs',
      nvr: 'openssl-libs-1.1.1k-12.el8_9',
      arch: 'x86_64',
    })
  })

  test('of a build that is guessed in time need one request fewer, those of another build are not touched', async () => {
    const hub = await hubWithRpms(listed)
    hub.methods.getBuild = ([id]) => (id === 1 ? containerBuild(1, 'app-1-1') : null)
    hub.methods.listArchives = (_params, { buildID }) =>
      buildID === 1 ? [imageArchive(10, 'x86_64'), imageArchive(11, 'aarch64')] : []
    const koji = client(hub)
    koji.prefetchImage(1)
    koji.prefetchImage(2)
    const outcome = koji.taskOutcome(5)
    const [built, list] = await Promise.all([koji.recentBuild(1), koji.listedRpms(1)])
    expect([await outcome, built?.nvr, list.rpms.length]).toEqual([{ kind: 'lost' }, 'app-1-1', 3])
    expect(hub.received).toHaveLength(2)
    expect(await koji.listedRpms(2)).toMatchObject({ rpms: [], isWhole: false })
    expect(await koji.recentBuild(2)).toBeNull()
    expect(hub.ran.filter((method) => method === 'listArchives')).toHaveLength(3)
  })

  test.each([
    ['none', { 10: [], 11: [] }],
    ['none for one architecture', { 10: listed[10] ?? [] }],
  ])('are known to be incomplete when the hub lists %s', async (_name, rpms) => {
    const hub = await hubWithRpms(rpms)
    expect(await client(hub).listedRpms(1)).toMatchObject({ isWhole: false })
  })

  test('have the names that every architecture has, as one may lack what another has', async () => {
    const hub = await hubWithRpms({ 10: listed[10] ?? [], 11: (listed[11] ?? []).slice(1) })
    const list = await client(hub).listedRpms(1)
    expect([[...list.everywhere], list.isWhole, list.rpms.length]).toEqual([['tzdata'], true, 2])
  })

  test('are incomplete when the hub refuses to list them, but not when it is in trouble', async () => {
    const hub = await hubWithRpms({})
    let code = 1019
    hub.methods.listRPMs = () => {
      throw new KojiFault(code, 'no list today')
    }
    expect(await client(hub).listedRpms(1)).toMatchObject({ rpms: [], isWhole: false, unreadable: 0 })
    code = 1014
    await expect(client(hub).listedRpms(1)).rejects.toMatchObject({ code: 1014 })
  })

  test.each(['listArchives', 'listRPMs'])(
    'are incomplete when the answer to %s is not a list: the metadata file may have them',
    async (method) => {
      const hub = await hubWithRpms(listed)
      hub.methods[method] = () => 'odd'
      expect(await client(hub).listedRpms(1)).toMatchObject({ rpms: [], isWhole: false, unreadable: 0 })
    },
  )

  test('lose only the record that cannot be read', async () => {
    const odd = [{ name: null, version: '1', release: '1', arch: 'x86_64' }, 'text', null]
    const hub = await hubWithRpms({ 10: [...(listed[10] ?? []), ...odd], 11: listed[11] ?? [] })
    const { rpms, unreadable } = await client(hub).listedRpms(1)
    expect(rpms).toHaveLength(3)
    expect(unreadable).toBe(3)
  })

  test('have no epoch where it cannot be read, which is not epoch 0', async () => {
    const ofImage = ['1', 1, null, 'odd', true].map((epoch, index) => ({
      ...rpm(`image-${index}`, '1', '1', 'x86_64'),
      epoch,
    }))
    const hub = await hubWithRpms({ 10: ofImage, 11: listed[11] ?? [] })
    const { rpms, unreadable } = await client(hub).listedRpms(1)
    expect(rpms.slice(0, 5).map(({ epoch }) => epoch)).toEqual([1, 1, 0, null, null])
    expect(unreadable).toBe(0)
  })

  test.each([
    ['its folder', '/packages/app-container/1/1/metadata.json', {}],
    [
      'the volume the build is on',
      '/vol/big/packages/app-container/1/1/metadata.json',
      { volume_name: 'big' },
    ],
  ])('are read whole from the metadata file in %s', async (_where, path, build) => {
    const hub = await hubWithRpms({}, build)
    const files = await filesWith(path)
    const { rpms, isWhole } = await client(hub, { topUrl: files.url }).metadataRpms('app-container-1-1')
    expect(isWhole).toBe(true)
    expect(rpms.map(({ nvr, arch }) => `${nvr}.${arch}`)).toEqual([
      'openssl-libs-1.1.1k-12.el8_9.x86_64',
      'openssl-libs-1.1.1k-14.el8_9.aarch64',
    ])
  })

  test('in a metadata file that does not name them are counted', async () => {
    const hub = await hubWithRpms({})
    const files = await serve((_request, response) =>
      sendJson(response, {
        output: [{ type: 'docker-image', components: [{ type: 'rpm', name: 'bash' }, 7] }],
      }),
    )
    const found = client(hub, { topUrl: files.url }).metadataRpms('app-container-1-1')
    expect(await found).toMatchObject({ rpms: [], isWhole: true, unreadable: 2 })
  })

  test('cannot be verified by a metadata file that has none for an architecture', async () => {
    const hub = await hubWithRpms({})
    const known = { type: 'rpm', name: 'bash', version: '1', release: '1', arch: 'x86_64' }
    const files = await serve((_request, response) =>
      sendJson(response, {
        output: [{ type: 'docker-image', components: [known] }, { type: 'docker-image' }],
      }),
    )
    await expect(client(hub, { topUrl: files.url }).metadataRpms('app-container-1-1')).rejects.toMatchObject({
      name: 'NotVerifiable',
    })
  })

  test('cannot be verified, rather than being none, when no metadata file is known', async () => {
    const hub = await hubWithRpms({})
    const files = await filesWith('/elsewhere')
    for (const koji of [client(hub, { topUrl: files.url }), client(hub)])
      await expect(koji.metadataRpms('app-container-1-1')).rejects.toMatchObject({ name: 'NotVerifiable' })
  })
})

test('the labels of an image are those of its archives', async () => {
  const hub = await startHub()
  hub.methods.listArchives = () => [
    imageArchive(1, 'x86_64', { 'com.redhat.openshift.versions': 'v4.5,v4.6', version: '1' }),
    imageArchive(2, 'aarch64', { version: '1' }),
  ]
  expect(await client(hub).imageLabels(8)).toEqual({
    'com.redhat.openshift.versions': 'v4.5,v4.6',
    version: '1',
  })
})

test('tags and targets are reduced to what is needed', async () => {
  const hub = await startHub()
  hub.methods.listTagged = ([tag], named) => {
    expect([tag, named]).toEqual(['rhel-8-candidate', { latest: true, package: 'openssl', __starstar: true }])
    return [{ build_id: 2, nvr: 'openssl-1-2', tag_name: tag ?? '' }]
  }
  hub.methods.getBuildTarget = ([name]) =>
    name === 't' ? { id: 1, name, build_tag: 1, build_tag_name: 'b', dest_tag: 2, dest_tag_name: 'd' } : null
  const koji = client(hub)
  expect(await koji.listTagged('rhel-8-candidate', { latest: true, package: 'openssl' })).toEqual({
    read: [{ nvr: 'openssl-1-2' }],
    unreadable: [],
  })
  expect(await koji.getBuildTarget('t')).toEqual({ id: 1, name: 't', buildTag: 'b', destTag: 'd' })
  expect(await koji.getBuildTarget('nope')).toBeNull()
  expect(await koji.getLoggedInUser()).toBeNull()
})
