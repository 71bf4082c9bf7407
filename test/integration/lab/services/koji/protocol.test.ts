/** The hub on the wire: dialect, faults, multicalls and the structs, field by field. */
import { describe, expect, it } from 'vitest'
import { encodeCall, kwargs, XmlRpcFault } from '../../../../../src/lib/xmlrpc/index.ts'
import { asStruct, asStructs, callHub, labForTest, logIn, postHub } from '../../../../support/lab/lab.ts'

const NODEJS = 'nodejs-18-container-1-92'

async function hubForTest() {
  const lab = await labForTest()
  const url = lab.urls.KOJI_BASE_URL
  return {
    ...lab,
    url,
    call: (method: string, params: Parameters<typeof callHub>[2] = []) => callHub(url, method, params),
  }
}

type Metadata = { output: { type: string; components: Record<string, unknown>[] }[] }

const fault = (code: number, text: string) => new XmlRpcFault(code, text)

describe('transport', () => {
  it('answers text/xml with the version of Koji, and faults with 200 too', async () => {
    const { url } = await hubForTest()
    const good = await postHub(url, encodeCall('getAPIVersion', []))
    expect([good.status, good.headers.get('content-type'), good.headers.get('koji-version')]).toEqual([
      200,
      'text/xml',
      '1.35.3',
    ])
    expect(await good.text()).toContain('<int>1</int>')
    const bad = await postHub(url, encodeCall('noSuchMethod', []))
    expect(bad.status).toBe(200)
    expect(await bad.text()).toContain('Invalid method: noSuchMethod')
  })

  it('refuses other verbs, empty or malformed bodies, and more than four megabytes', async () => {
    const { url } = await hubForTest()
    const get = await fetch(url)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    const empty = await postHub(url, '')
    expect([empty.status, await empty.text()]).toEqual([400, 'Invalid request: Empty request\n'])
    const nonsense = await postHub(url, '<not xml')
    expect([nonsense.status, (await nonsense.text()).slice(0, 17)]).toEqual([400, 'Invalid request: '])
    const long = await postHub(url, encodeCall('getBuild', ['x'.repeat(4 * 1024 * 1024)]))
    expect([long.status, await long.text()]).toEqual([400, 'Invalid request: Request too long\n'])
  })

  it('sends times as text and as doubles, even whole numbers', async () => {
    const { url } = await hubForTest()
    const text = await (await postHub(url, encodeCall('getTaskInfo', [60_000_001]))).text()
    expect(text).toMatch(/<name>weight<\/name>\s*<value><double>1(\.0)?<\/double>/)
    expect(text).toMatch(/<name>create_ts<\/name>\s*<value><double>/)
    expect(text).toMatch(
      /<name>create_time<\/name>\s*<value><string>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\+00:00</,
    )
    expect(text).toContain('<nil/>')
  })
})

describe('arguments', () => {
  it('can be passed by keyword with the marker; a last struct without it is an ordinary argument', async () => {
    const { call } = await hubForTest()
    const named = await call('getTaskInfo', [60_000_001, kwargs({ request: true })])
    expect(asStruct(named).request).toHaveLength(3)
    await expect(call('getTaskInfo', [60_000_001, kwargs({ reqest: true })])).rejects.toThrow(
      fault(1019, "RootExports.getTaskInfo() got an unexpected keyword argument 'reqest'"),
    )
  })

  it("that are missing or too many are refused with Python's messages", async () => {
    const { call } = await hubForTest()
    await expect(call('getTaskInfo')).rejects.toThrow(
      fault(1019, "RootExports.getTaskInfo() missing 1 required positional argument: 'task_id'"),
    )
    await expect(call('buildContainer')).rejects.toThrow(
      "RootExports.buildContainer() missing 2 required positional arguments: 'src' and 'target'",
    )
    await expect(call('findBuildID', ['a-1-1', true, 3])).rejects.toThrow(
      'RootExports.findBuildID() takes from 2 to 3 positional arguments but 4 were given',
    )
  })
})

describe('multiCall', () => {
  it('returns, in order, a list of one for each result and a fault for each failed call', async () => {
    const { call } = await hubForTest()
    const answers = await call('multiCall', [
      [
        { methodName: 'getBuildTarget', params: ['rhel-8-containers-candidate'] },
        { methodName: 'getBuild', params: ['no-such-1-1', kwargs({ strict: true })] },
        { methodName: 'findBuildID', params: [NODEJS] },
        { methodName: 'nonsense', params: [] },
      ],
    ])
    expect(answers).toEqual([
      [expect.objectContaining({ name: 'rhel-8-containers-candidate', dest_tag_name: expect.any(String) })],
      { faultCode: 1000, faultString: "No such build: 'no-such-1-1'", traceback: expect.any(Array) },
      [expect.any(Number)],
      { faultCode: 1000, faultString: 'Invalid method: nonsense', traceback: expect.any(Array) },
    ])
  })

  it('is counted as one request, and its calls separately', async () => {
    const { call, world } = await hubForTest()
    const find = { methodName: 'findBuildID', params: [NODEJS] }
    await call('multiCall', [[find, find, find]])
    expect(world.requests.get('koji multiCall')).toBe(1)
    expect(world.kojiCalls.get('findBuildID')).toBe(3)
  })
})

describe('tasks', () => {
  it('have exactly the fields of a real hub, and the request on demand', async () => {
    const { call } = await hubForTest()
    const plain = asStruct(await call('getTaskInfo', [60_000_001]))
    expect(Object.keys(plain)).toEqual(
      (
        'arch awaited channel_id completion_time completion_ts create_time create_ts host_id id label method owner ' +
        'parent priority start_time start_ts state waiting weight'
      ).split(' '),
    )
    expect(plain).toMatchObject({
      method: 'buildContainer',
      state: 2,
      channel_id: 10,
      priority: 20,
      weight: 1,
    })
    const withRequest = asStruct(await call('getTaskInfo', [60_000_001, true]))
    expect(withRequest.request).toEqual(await call('getTaskRequest', [60_000_001]))
  })

  it('are returned as a list for a list, nil for unknown ids, 1000 when strict', async () => {
    const { call } = await hubForTest()
    expect(await call('getTaskInfo', [[60_000_001, 7]])).toEqual([
      expect.objectContaining({ id: 60_000_001 }),
      null,
    ])
    expect(await call('getTaskInfo', [7])).toBeNull()
    await expect(call('getTaskInfo', [7, false, true])).rejects.toThrow('fault 1000')
    await expect(call('getTaskRequest', [7])).rejects.toThrow(fault(1000, 'query returned no rows'))
    await expect(call('getTaskResult', [7])).rejects.toThrow(fault(1000, 'No such task'))
    expect(await call('getTaskChildren', [7])).toEqual([])
  })

  it('are listed by owner, method, state and time of creation', async () => {
    const { url, call } = await hubForTest()
    const me = await logIn(url)
    const before = Date.now() / 1000 - 1
    const id = await me.call('buildContainer', ['git://x/containers/nothing#1', 't', { git_branch: 'b' }])
    const opts = { owner: 2, method: 'buildContainer', createdAfter: before, decode: true }
    expect(asStructs(await call('listTasks', [opts]))).toEqual([
      expect.objectContaining({
        id,
        owner: 2,
        request: ['git://x/containers/nothing#1', 't', { git_branch: 'b' }],
      }),
    ])
    expect(await call('listTasks', [{ ...opts, owner: 1 }])).toEqual([])
    expect(await call('listTasks', [{ ...opts, method: 'build' }])).toEqual([])
    expect(await call('listTasks', [{ ...opts, state: [3] }])).toEqual([])
    expect(await call('listTasks', [{ ...opts, createdAfter: before + 3600 }])).toEqual([])
    const [since, later] = [before, before + 3600].map((seconds) => new Date(seconds * 1000).toISOString())
    const stored = { owner: 2, createdAfter: since ?? '' }
    const request = "<?xml version='1.0'?>\n<methodCall><methodName>buildContainer</methodName><params>"
    expect(asStructs(await call('listTasks', [stored]))).toEqual([
      expect.objectContaining({ id, request: expect.stringContaining(request) }),
    ])
    expect(await call('listTasks', [{ ...stored, createdAfter: later ?? '' }])).toEqual([])
    expect(await call('listTasks', [{}, { limit: 2, offset: 1 }])).toHaveLength(2)
    expect(await call('listTasks', [{ owner: 2 }, { countOnly: true }])).toBe(1)
  })
})

describe('builds', () => {
  it('are found by number, NVR and map; an unknown build is nil', async () => {
    const { call } = await hubForTest()
    const id = await call('findBuildID', [NODEJS])
    const byNvr = asStruct(await call('getBuild', [NODEJS]))
    expect(byNvr).toMatchObject({ id, build_id: id, nvr: NODEJS, state: 1, name: 'nodejs-18-container' })
    expect(await call('getBuild', [Number(id)])).toEqual(byNvr)
    expect(await call('getBuild', [{ name: 'nodejs-18-container', version: '1', release: '92' }])).toEqual(
      byNvr,
    )
    expect(await call('getBuild', ['no-such-1-1'])).toBeNull()
    await expect(call('getBuild', ['nodash'])).rejects.toThrow(fault(1000, 'invalid format: nodash'))
  })

  it('name their source, their task and their parent, under extra.image and typeinfo alike', async () => {
    const { call } = await hubForTest()
    const build = asStruct(await call('getBuild', [NODEJS]))
    const extra = asStruct(build.extra)
    const image = asStruct(extra.image)
    const parentId = await call('findBuildID', ['s2i-core-container-1-441'])
    expect(build.source).toMatch(/^git:\/\/dist-git\.example\.com\/containers\/nodejs-18#[0-9a-f]{40}$/)
    expect(extra.container_koji_task_id).toBe(build.task_id)
    expect(image).toMatchObject({
      parent_build_id: parentId,
      parent_image_builds: {
        'registry.example.com/s2i-core:1-441': { id: parentId, nvr: 's2i-core-container-1-441' },
      },
      odcs: { compose_ids: [101] },
    })
    expect(asStruct(extra.typeinfo).image).toEqual(image)
    expect(await call('getTaskRequest', [Number(build.task_id)])).toEqual([
      build.source,
      'rhel-8-containers-candidate',
      expect.objectContaining({ git_branch: 'rhel-8.9.0' }),
    ])
  })

  it('of base images have no parent, and a filesystem task if made from a filesystem', async () => {
    const { call } = await hubForTest()
    const base = asStruct(asStruct(await call('getBuild', ['ubi8-container-8.9-1028'])).extra)
    expect(asStruct(base.image)).not.toHaveProperty('parent_build_id')
    expect(base).not.toHaveProperty('filesystem_koji_task_id')
    const micro = asStruct(asStruct(await call('getBuild', ['ubi8-micro-container-8.9-13'])).extra)
    expect(micro.filesystem_koji_task_id).toBe(88001)
  })

  it('have one archive for each architecture, with its packages', async () => {
    const { call } = await hubForTest()
    const id = Number(await call('findBuildID', [NODEJS]))
    const archives = asStructs(await call('listArchives', [id, kwargs({ type: 'image' })]))
    expect(archives.map(({ arch, btype }) => [arch, btype])).toEqual([
      ['x86_64', 'image'],
      ['aarch64', 'image'],
    ])
    const docker = asStruct(asStruct(archives[0]?.extra).docker)
    expect(asStruct(asStruct(asStruct(docker.config).config).Labels)).toMatchObject({
      version: '1',
      release: '92',
    })
    const rpms = asStructs(await call('listRPMs', [kwargs({ imageID: Number(archives[1]?.id) })]))
    expect(rpms).toContainEqual(
      expect.objectContaining({ nvr: 'openssl-libs-1.1.1k-12.el8_9', arch: 'aarch64', epoch: 1 }),
    )
    expect(rpms).toContainEqual(expect.objectContaining({ name: 'tzdata', arch: 'noarch' }))
    expect(await call('listRPMs', [id])).toEqual([])
    expect(await call('listArchives', [999_999])).toEqual([])
    await expect(call('listArchives', [id, kwargs({ type: 'pizza' })])).rejects.toThrow('fault 1000')
  })

  it('have a metadata file that agrees with the archives', async () => {
    const { urls, call } = await hubForTest()
    const get = (path: string) => fetch(`${urls.KOJI_TOP_URL}/packages/${path}/metadata.json`)
    const metadata = (await (await get('nodejs-18-container/1/92')).json()) as Metadata
    expect(metadata.output).toHaveLength(2)
    for (const output of metadata.output)
      expect(output).toMatchObject({ type: 'docker-image', components: expect.any(Array) })
    const id = Number(await call('findBuildID', [NODEJS]))
    const [archive] = asStructs(await call('listArchives', [id]))
    const rpms = asStructs(await call('listRPMs', [kwargs({ imageID: Number(archive?.id) })]))
    const nvra = (rpm: Record<string, unknown>) => `${rpm.name}-${rpm.version}-${rpm.release}.${rpm.arch}`
    expect(metadata.output[0]?.components.map(nvra)).toEqual(rpms.map(nvra))
    expect((await get('no/1/1')).status).toBe(404)
  })
})

describe('RPM builds', () => {
  it('are in their tags, list their packages with the sources, and are the latest of their candidate tag', async () => {
    const { call } = await hubForTest()
    const nvr = 'openssl-1.1.1k-14.el8_9'
    const id = Number(await call('findBuildID', [nvr]))
    const tags = asStructs(await call('listTags', [nvr]))
    expect(tags.map(({ name }) => name)).toEqual(['rhel-8.9.0-z', 'rhel-8.9.0-z-candidate'])
    const rpms = asStructs(await call('listRPMs', [id]))
    expect(rpms.map(({ name, arch }) => `${name}.${arch}`)).toEqual([
      'openssl.src',
      'openssl.x86_64',
      'openssl.aarch64',
      'openssl-libs.x86_64',
      'openssl-libs.aarch64',
      'openssl-devel.x86_64',
      'openssl-devel.aarch64',
    ])
    const latest = await call('listTagged', [
      'rhel-8.9.0-z-candidate',
      kwargs({ latest: true, package: 'openssl' }),
    ])
    expect(asStructs(latest)).toEqual([expect.objectContaining({ nvr, tag_name: 'rhel-8.9.0-z-candidate' })])
    expect(asStructs(latest)[0]).not.toHaveProperty('extra')
    await expect(call('listTagged', ['no-tag'])).rejects.toThrow('fault 1000')
    await expect(call('listTags', ['no-such-1-1'])).rejects.toThrow(fault(1000, 'No such build: no-such-1-1'))
    expect(await call('getBuildTarget', ['nope'])).toBeNull()
  })
})
