/** Faults on demand: the effect of each kind on a caller, and the control API that sets and reports everything. */
import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../../lab/fault-rule.ts'
import { kwargs, type XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import { asStructs, callHub, labForTest, logIn, until } from '../../support/lab.ts'

async function faultyLab(...faults: FaultRule[]) {
  const lab = await labForTest()
  lab.world.faults.push(...faults)
  const erratum = (signal?: AbortSignal) => fetch(`${lab.urls.ERRATA_URL}/advisory/133001.json`, { signal })
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

describe('a fault', () => {
  it('affects the given number of requests, then the service recovers', async () => {
    const { erratum } = await faultyLab({ service: 'errata', kind: 'unavailable', times: 2 })
    expect([(await erratum()).status, (await erratum()).status, (await erratum()).status]).toEqual([
      503, 503, 200,
    ])
  })

  it('affects only its service and its operation', async () => {
    const { erratum, url, world } = await faultyLab(
      { service: 'errata', kind: 'unavailable', operation: 'GET /advisory/:id/bugs.json' },
      { service: 'koji', kind: 'unavailable', operation: 'getBuild' },
    )
    expect((await erratum()).status).toBe(200)
    expect(
      (await fetch(`${world && url.replace('/kojihub', '')}/kojifiles/packages/a/1/1/metadata.json`)).status,
    ).toBe(404)
    expect(await callHub(url, 'getAPIVersion')).toBe(1)
    await expect(callHub(url, 'getBuild', ['a-1-1'])).rejects.toThrow()
    await expect(
      callHub(url, 'multiCall', [[{ methodName: 'getBuild', params: ['a-1-1'] }]]),
    ).rejects.toThrow()
  })

  it('with a duration ends by itself', async () => {
    const { erratum, control, world } = await faultyLab()
    const start = Date.now()
    world.now = () => start
    await control('POST', 'faults', { service: 'errata', kind: 'unavailable', forMs: 80 })
    world.now = () => start + 79
    expect((await erratum()).status).toBe(503)
    world.now = () => start + 80
    expect((await erratum()).status).toBe(200)
  })

  it('can require authentication', async () => {
    const { erratum } = await faultyLab({ service: 'errata', kind: 'unauthorized', times: 1 })
    const response = await erratum()
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Negotiate'])
  })

  it('can be an unreadable body in a 200', async () => {
    const { erratum } = await faultyLab({ service: 'errata', kind: 'rubbish', times: 1 })
    const response = await erratum()
    expect(response.status).toBe(200)
    await expect(response.json()).rejects.toThrow()
  })

  it('can be no answer until the caller gives up', async () => {
    const { erratum } = await faultyLab({ service: 'errata', kind: 'hang', times: 1 })
    await expect(erratum(AbortSignal.timeout(100))).rejects.toThrow('timeout')
    expect((await erratum()).status).toBe(200)
  })

  it('can be a late answer', async () => {
    const { erratum } = await faultyLab({ service: 'errata', kind: 'slow', times: 1, delayMs: 120 })
    const started = performance.now()
    expect((await erratum()).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(110)
  })

  it('can break the connection before the request is carried out', async () => {
    const { url, world } = await faultyLab({
      service: 'koji',
      kind: 'drop',
      operation: 'buildContainer',
      times: 1,
    })
    const me = await logIn(url)
    const before = world.koji.tasks.size
    await expect(me.call('buildContainer', BUILD)).rejects.toThrow('fetch failed')
    expect(world.koji.tasks.size).toBe(before)
    expect(await me.call('buildContainer', BUILD)).toEqual(expect.any(Number))
  })

  it('can break the connection after a task was created: repeating the call reports that and creates nothing', async () => {
    const { url, world } = await faultyLab({
      service: 'koji',
      kind: 'drop-after-commit',
      operation: 'buildContainer',
      times: 1,
    })
    const me = await logIn(url)
    await expect(callHub(url, 'buildContainer', BUILD, me.headers(5))).rejects.toThrow('fetch failed')
    await expect(callHub(url, 'buildContainer', BUILD, me.headers(5))).rejects.toThrow('fault 1009')
    const mine = asStructs(await callHub(url, 'listTasks', [{ owner: 2 }]))
    expect(mine).toHaveLength(1)
    expect(world.koji.duplicates).toBe(0)
    await callHub(url, 'buildContainer', BUILD, me.headers(6))
    expect(world.koji.duplicates).toBe(1)
  })

  it('can break the connection after a multicall that creates tasks', async () => {
    const { url } = await faultyLab({
      service: 'koji',
      kind: 'drop-after-commit',
      operation: 'buildContainer',
      times: 1,
    })
    const me = await logIn(url)
    const calls = [{ methodName: 'buildContainer', params: BUILD }]
    await expect(callHub(url, 'multiCall', [calls], me.headers(5))).rejects.toThrow('fetch failed')
    expect(await callHub(url, 'listTasks', [{ owner: 2 }])).toHaveLength(1)
  })

  it('of the hub can be fault 1014 in a 200', async () => {
    const { url } = await faultyLab({ service: 'koji', kind: 'offline', times: 1 })
    await expect(callHub(url, 'getAPIVersion')).rejects.toMatchObject({ code: 1014 })
    expect(await callHub(url, 'getAPIVersion')).toBe(1)
  })

  it('does not keep the lab from stopping while a request hangs', async () => {
    const { erratum, stop } = await faultyLab({ service: 'errata', kind: 'hang' })
    const hanging = erratum().catch((problem: Error) => problem.message)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await stop()
    expect(await hanging).toBe('fetch failed')
  })
})

describe('the control API', () => {
  it('sets and removes faults, and reports what is wrong with a rule', async () => {
    const { erratum, control } = await faultyLab()
    expect((await control('POST', 'faults', { service: 'errata', kind: 'unavailable' })).status).toBe(200)
    expect((await erratum()).status).toBe(503)
    await control('DELETE', 'faults')
    expect((await erratum()).status).toBe(200)
    const refused = await control('POST', 'faults', { service: 'errata', kind: 'moody', often: 3 })
    expect(refused.status).toBe(400)
    expect(refused.body.error).toContain('kind')
    expect(refused.body.error).toContain('often')
  })

  it('ships an advisory and puts it into any state', async () => {
    const { control, messages } = await faultyLab()
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

  it('reports requests, calls, tasks and duplicates', async () => {
    const { url, control, erratum, world } = await faultyLab()
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
    const { url, control, messages, world } = await faultyLab()
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

  it('resets everything, but keeps sessions and never reuses a task number', async () => {
    const { url, control, erratum, world } = await faultyLab()
    const me = await logIn(url)
    const before = Number(await me.call('buildContainer', BUILD))
    await control('POST', 'advisories/133001/ship')
    await control('POST', 'faults', { service: 'errata', kind: 'unavailable' })
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
