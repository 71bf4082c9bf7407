/** The control API of the lab: it sets faults and messages, reports what happened, and resets the world. */
import { describe, expect, it } from 'vitest'
import { kwargs, type XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { asStructs, callHub, labForTest, logIn, until } from '../../../support/lab/lab.ts'

async function controlledLab() {
  const lab = await labForTest()
  const erratum = () => fetch(`${lab.urls.ERRATA_URL}/advisory/133001.json`)
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${lab.controlUrl}/lab/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return { ...lab, url: lab.urls.KOJI_BASE_URL, erratum, control }
}

const BUILD: XmlRpcInput[] = [
  'git://dist-git.example.com/containers/nodejs-18#1',
  'rhel-8-containers-candidate',
  { git_branch: 'b', isolated: true, release: '92.7' },
]

describe('faults', () => {
  it('are set and removed, and a bad rule is refused with the reasons', async () => {
    const { erratum, control } = await controlledLab()
    expect((await control('POST', 'faults', { service: 'errata', kind: 'status' })).status).toBe(200)
    expect((await erratum()).status).toBe(503)
    expect((await control('GET', 'faults')).body).toEqual([{ service: 'errata', kind: 'status' }])
    await control('DELETE', 'faults')
    expect((await erratum()).status).toBe(200)
    const refused = await control('POST', 'faults', { service: 'errata', kind: 'moody', often: 3 })
    expect(refused.status).toBe(400)
    expect(refused.body.error).toContain('kind: must be one of status, reset, hang')
    expect(refused.body.error).toContain('often')
  })

  it.each([
    { service: 'errata', kind: 'call-fault' },
    { service: 'koji', kind: 'redirect' },
  ])('of a kind that the service does not have are refused: %j', async (rule) => {
    const { control, world } = await controlledLab()
    const { status, body } = await control('POST', 'faults', rule)
    expect([status, body.error]).toEqual([
      400,
      expect.stringContaining('cannot simulate faults of this kind'),
    ])
    expect(world.faults).toEqual([])
  })

  it('with a duration end by themselves, on the clock of the lab', async () => {
    const { erratum, control, world } = await controlledLab()
    const start = Date.now()
    world.now = () => start
    await control('POST', 'faults', { service: 'errata', kind: 'status', forMs: 80 })
    world.now = () => start + 79
    expect((await erratum()).status).toBe(503)
    world.now = () => start + 80
    expect((await erratum()).status).toBe(200)
  })
})

describe('control', () => {
  it('ships an advisory and puts it into any state', async () => {
    const { control, messages } = await controlledLab()
    expect(await control('POST', 'advisories/133001/ship')).toEqual({
      status: 200,
      body: { id: 133001, status: 'SHIPPED_LIVE' },
    })
    expect(messages).toHaveLength(1)
    expect((await control('POST', 'advisories/133001/state/QE')).status).toBe(200)
    expect((await control('POST', 'advisories/133001/state/LOST')).status).toBe(400)
    expect((await control('POST', 'advisories/9/ship')).status).toBe(404)
    expect((await control('GET', 'advisories')).body).toContainEqual({
      id: 133001,
      name: 'RHSA-2026:9101-03',
      synopsis: expect.any(String),
      status: 'QE',
    })
  })

  it('ships images that Koji has built, with an advisory of their own', async () => {
    const { control, world, messages } = await controlledLab()
    const images = ['nodejs-18-container-1-92']
    const { body } = await control('POST', 'images/ship', { images })
    const advisory = world.advisories.get(Number(body.advisory))
    expect(advisory).toMatchObject({
      status: 'SHIPPED_LIVE',
      contentTypes: ['docker'],
      builds: [{ nvr: images[0] }],
    })
    expect(advisory?.reporter).toMatch(/^botas/)
    expect(world.images.at(-1)).toMatchObject({ nvr: images[0], locations: [{ published: true }] })
    expect(messages.at(-1)?.body).toMatchObject({ errata_id: body.advisory, to: 'SHIPPED_LIVE' })
    const unknown = await control('POST', 'images/ship', { images: ['no-image-1-1'] })
    expect(unknown).toMatchObject({ status: 404, body: { error: 'Koji has not built no-image-1-1' } })
    expect((await control('POST', 'images/ship', {})).status).toBe(400)
  })

  it('reports requests, calls, tasks and duplicates', async () => {
    const { url, control, erratum, world } = await controlledLab()
    await erratum()
    await erratum()
    const me = await logIn(url)
    await me.call('buildContainer', BUILD)
    await me.call('buildContainer', BUILD)
    expect((await control('GET', 'requests')).body).toMatchObject({
      requests: { 'errata GET /advisory/:id.json': 2, 'koji login': 1, 'koji buildContainer': 2 },
      kojiCalls: { buildContainer: 2 },
      duplicates: 1,
    })
    const { body } = await control('GET', 'tasks')
    expect(body).toMatchObject({
      duplicates: 1,
      tasks: [{ method: 'buildContainer', request: BUILD, state_name: expect.any(String) }, {}],
    })
    await until(() => [...world.koji.tasks.values()].every((task) => task.completedAt !== null))
  })

  it('makes builds fail and sessions expire, and silences the bus', async () => {
    const { url, control, messages, world } = await controlledLab()
    const me = await logIn(url)
    await control('POST', 'failures', { name: 'nodejs-18-container', times: 1 })
    const id = Number(await me.call('buildContainer', BUILD))
    await until(() => world.koji.tasks.get(id)?.completedAt)
    await expect(callHub(url, 'getTaskResult', [id])).rejects.toMatchObject({ code: 2001 })
    await control('POST', 'koji/expire-sessions')
    await expect(me.call('getLoggedInUser')).rejects.toMatchObject({ code: 1007 })
    const before = messages.length
    await control('POST', 'bus/silent')
    await control('POST', 'advisories/133001/ship')
    expect(messages).toHaveLength(before)
    await control('POST', 'bus/on')
    await control('POST', 'advisories/133001/ship')
    expect(messages).toHaveLength(before + 1)
    expect((await control('POST', 'failures', { name: 'x' })).status).toBe(400)
  })

  it('makes the hub import only some RPMs of an image', async () => {
    const { url, control } = await controlledLab()
    const image = 'nodejs-18-container-1-92'
    const names = async () => {
      const [archive] = asStructs(
        await callHub(url, 'listArchives', [await callHub(url, 'findBuildID', [image])]),
      )
      const rpms = await callHub(url, 'listRPMs', [kwargs({ imageID: Number(archive?.id) })])
      return asStructs(rpms).map(({ name }) => name)
    }
    expect(await names()).toContain('openssl-libs')
    await control('POST', 'koji/unimported-rpms', { image, rpms: ['openssl-libs'] })
    expect(await names()).not.toContain('openssl-libs')
    expect((await control('POST', 'koji/unimported-rpms', { image })).status).toBe(400)
  })

  it('publishes foreign messages about tasks and composes, and refuses unknown states', async () => {
    const { control, messages } = await controlledLab()
    await control('POST', 'bus/foreign-task', { id: 60_000_001, state: 'CLOSED', instance: 'arm' })
    await control('POST', 'bus/foreign-compose', { id: 101, state: 'removed', claims: { flags: null } })
    expect(messages).toMatchObject([
      { topic: 'VirtualTopic.eng.brew.task.closed', body: { instance: 'arm', info: { id: 60_000_001 } } },
      {
        topic: 'VirtualTopic.eng.odcs.state.change',
        body: { compose: { id: 101, state_name: 'removed', flags: null } },
      },
    ])
    const refused = await control('POST', 'bus/foreign-task', { id: 1, state: 'LOST' })
    expect([refused.status, refused.body.error]).toEqual([
      400,
      expect.stringContaining('must be one of FREE'),
    ])
    expect((await control('POST', 'bus/foreign-compose', { id: 1, state: 'LOST' })).status).toBe(400)
  })

  it('resets everything, but keeps sessions and never reuses a task number', async () => {
    const { url, control, erratum, world } = await controlledLab()
    const me = await logIn(url)
    const before = Number(await me.call('buildContainer', BUILD))
    await control('POST', 'advisories/133001/ship')
    await control('POST', 'faults', { service: 'errata', kind: 'status' })
    world.mutate = () => null
    await control('POST', 'reset')
    expect(await (await erratum()).json()).toMatchObject({ status: 'PUSH_READY' })
    expect(await callHub(url, 'getTaskInfo', [before])).toBeNull()
    const after = Number(await me.call('buildContainer', BUILD))
    expect(after).toBeGreaterThan(before)
    expect(world.koji.duplicates).toBe(0)
    await until(() => world.koji.tasks.get(after)?.completedAt)
    expect(await callHub(url, 'findBuildID', [kwargs({ X: 'nodejs-18-container-1-92.7' })])).toEqual(
      expect.any(Number),
    )
  })
})
