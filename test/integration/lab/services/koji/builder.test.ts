/** The build machines: the result of a request, and the order of the work. */
import { describe, expect, it } from 'vitest'
import { shipAdvisory } from '../../../../../lab/services/errata/ship.ts'
import { buildByNvr } from '../../../../../lab/services/koji/state.ts'
import { resetWorld } from '../../../../../lab/world.ts'
import { kwargs, XmlRpcFault, type XmlRpcInput } from '../../../../../src/lib/xmlrpc/index.ts'
import { buildersForTest, type RebuildRequest } from '../../../../support/lab/builders.ts'
import { asStruct, callHub, until } from '../../../../support/lab/lab.ts'

describe('a finished build', () => {
  it('is in Koji under the requested release, and the task has the result', async () => {
    const { url, submit, ended, world } = await buildersForTest()
    const task = await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' }))
    expect(task.state).toBe('CLOSED')
    const build = buildByNvr(world.koji, 'ubi8-container-8.9-1028.1')
    expect(await callHub(url, 'getTaskResult', [task.id])).toEqual({
      repositories: ['registry.example.com/ubi8:8.9-1028.1'],
      koji_builds: [String(build?.id)],
    })
    const struct = asStruct(await callHub(url, 'getBuild', ['ubi8-container-8.9-1028.1']))
    expect(struct).toMatchObject({ task_id: task.id, owner_name: 'freshwave', state: 1 })
    expect(asStruct(asStruct(struct.extra).image)).toMatchObject({ isolated: true })
  })

  it('contains the fixed packages once the advisory has shipped, and not before', async () => {
    const { world, submit, ended, opensslOf } = await buildersForTest()
    await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' }))
    expect(await opensslOf('ubi8-container-8.9-1028.1')).toEqual([
      'openssl-1.1.1k-12.el8_9',
      'openssl-libs-1.1.1k-12.el8_9',
    ])
    shipAdvisory(world, 133001)
    await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.2' }))
    expect(await opensslOf('ubi8-container-8.9-1028.2')).toEqual([
      'openssl-1.1.1k-14.el8_9',
      'openssl-libs-1.1.1k-14.el8_9',
    ])
    await ended(await submit({ nvr: 'ubi9-container-9.3-1610', release: '1610.1' }))
    expect(await opensslOf('ubi9-container-9.3-1610.1')).toEqual([
      'openssl-3.0.7-27.el9_3',
      'openssl-libs-3.0.7-27.el9_3',
    ])
  })

  it('inherits from its parent: built on the old parent it keeps the old packages', async () => {
    const { world, submit, ended, opensslOf } = await buildersForTest()
    shipAdvisory(world, 133001)
    await ended(await submit({ nvr: 's2i-core-container-1-441', release: '441.1' }))
    expect(await opensslOf('s2i-core-container-1-441.1')).toContain('openssl-libs-1.1.1k-12.el8_9')
    await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' }))
    await ended(
      await submit({
        nvr: 's2i-core-container-1-441',
        release: '441.2',
        parent: 'ubi8-container-8.9-1028.1',
      }),
    )
    expect(await opensslOf('s2i-core-container-1-441.2')).toEqual([
      'openssl-1.1.1k-14.el8_9',
      'openssl-libs-1.1.1k-14.el8_9',
    ])
  })

  it('gets unshipped packages from a compose of their Koji tag or of their builds', async () => {
    const { urls, world, submit, ended, opensslOf } = await buildersForTest()
    const request = async (source: Record<string, unknown>) => {
      const answer = await fetch(`${urls.ODCS_URL}/api/1/composes/`, {
        method: 'POST',
        body: JSON.stringify({ source }),
      })
      const { id } = (await answer.json()) as { id: number }
      await until(() => world.odcs.composes.get(id)?.state === 'done')
      return id
    }
    const tag = await request({ type: 'tag', source: 'rhel-8.9.0-z-candidate', packages: ['openssl'] })
    await ended(
      await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1', more: { compose_ids: [tag] } }),
    )
    expect(await opensslOf('ubi8-container-8.9-1028.1')).toContain('openssl-libs-1.1.1k-14.el8_9')
    const build = await request({ type: 'build', source: '', builds: ['openssl-3.0.7-27.el9_3'] })
    await ended(
      await submit({ nvr: 'ubi9-container-9.3-1610', release: '1610.1', more: { compose_ids: [build] } }),
    )
    expect(await opensslOf('ubi9-container-9.3-1610.1')).toContain('openssl-libs-3.0.7-27.el9_3')
  })
})

describe('a refused request', () => {
  const IMAGE = { nvr: 'nodejs-18-container-1-92', release: '92.1' }
  const cases: [string, RebuildRequest, string][] = [
    ['an NVR that exists', { ...IMAGE, release: '92' }, 'Build already exists'],
    [
      'a parent that does not exist',
      { ...IMAGE, parent: 'no-such-container-1-1' },
      'Koji parent build does not exist',
    ],
    ['no branch', { ...IMAGE, more: { git_branch: null } }, 'git_branch is required'],
    ['scratch and isolated at once', { ...IMAGE, more: { scratch: true } }, 'both isolated and scratch'],
    [
      'arches for an ordinary build',
      { ...IMAGE, more: { isolated: false, arch_override: 'x86_64' } },
      'Cannot override arches',
    ],
    ['an unknown option', { ...IMAGE, more: { colour: 'red' } }, 'colour'],
  ]

  it.each(cases)('with %s fails its task with 1005', async (_what, request, text) => {
    const { url, submit, ended } = await buildersForTest()
    const task = await ended(await submit(request))
    expect(task.state).toBe('FAILED')
    const answer = callHub(url, 'getTaskResult', [task.id])
    await expect(answer).rejects.toThrow(text)
    await expect(answer).rejects.toMatchObject({ code: 1005 })
    expect(asStruct(await callHub(url, 'getTaskResult', [task.id, kwargs({ raise_fault: false })]))).toEqual({
      faultCode: 1005,
      faultString: expect.stringContaining(text),
    })
  })

  it('with an unknown target, source or compose fails its task too', async () => {
    const { me, submit, ended } = await buildersForTest()
    const build = async (...params: XmlRpcInput[]) =>
      (await ended(Number(await me.call('buildContainer', params)))).fault
    expect(
      await build('git://dist-git.example.com/containers/nodejs-18#1', 'no-such-target', { git_branch: 'b' }),
    ).toEqual({
      code: 1005,
      text: 'Target `no-such-target` not found',
    })
    expect(
      await build('git://dist-git.example.com/containers/nothing#1', 'rhel-8-containers-candidate', {
        git_branch: 'b',
      }),
    ).toMatchObject({ code: 1000 })
    expect((await ended(await submit({ ...IMAGE, more: { compose_ids: [9] } }))).fault).toMatchObject({
      code: 2001,
    })
  })

  it('for an NVR that another task is building fails when that task ends first, and is counted as a duplicate', async () => {
    const { submit, ended, world } = await buildersForTest()
    const [first, second] = [await submit(IMAGE), await submit(IMAGE)]
    expect((await ended(first)).state).toBe('CLOSED')
    expect((await ended(second)).fault?.text).toContain('Build already exists')
    expect(world.koji.duplicates).toBe(1)
    await submit({ ...IMAGE, release: '92.2' })
    expect(world.koji.duplicates).toBe(1)
  })
})

describe('a scratch build', () => {
  it('succeeds any number of times and leaves no build', async () => {
    const { submit, ended } = await buildersForTest()
    for (const _time of [1, 2]) {
      const id = await submit({
        nvr: 'nodejs-18-container-1-92',
        release: '92',
        more: { scratch: true, isolated: false },
      })
      expect((await ended(id)).result).toMatchObject({ koji_builds: [] })
    }
  })
})

describe('a planned failure', () => {
  it('affects an image the given number of times, then it builds; a reset restores the failure', async () => {
    const failures = {
      'nginx-122-container': { times: 2, code: 2001, text: 'Image build failed. No space left.' },
    }
    const { world, submit, ended } = await buildersForTest({ builder: { failures } })
    const states = async () => {
      const results = []
      for (const release of ['47.1', '47.2', '47.3']) {
        const task = await ended(await submit({ nvr: 'nginx-122-container-1-47', release }))
        results.push([task.state, task.fault?.code])
      }
      return results
    }
    const expected = [
      ['FAILED', 2001],
      ['FAILED', 2001],
      ['CLOSED', undefined],
    ]
    expect(await states()).toEqual(expected)
    resetWorld(world)
    expect(await states()).toEqual(expected)
    expect((await ended(await submit({ nvr: 'httpd-24-container-1-283', release: '283.1' }))).state).toBe(
      'CLOSED',
    )
  })
})

describe('the machines', () => {
  it('build as many tasks as they have capacity for, by lower priority number, then by age', async () => {
    const { world, me, submit, ended } = await buildersForTest({ builder: { parallelism: 2 } })
    const { wakeBuilder } = world.koji
    world.koji.wakeBuilder = () => undefined
    const urgent = (release: string) => submit({ nvr: 'ubi8-container-8.9-1028', release })
    const source = 'git://dist-git.example.com/containers/ubi8#1'
    const opts = { git_branch: 'b', isolated: true, release: '1028.9' }
    const patient = await me.call('buildContainer', [source, 'rhel-8-containers-candidate', opts, 5])
    const ids = [await urgent('1028.1'), await urgent('1028.2'), await urgent('1028.3'), Number(patient)]
    world.koji.wakeBuilder = wakeBuilder
    wakeBuilder()
    const states = ids.map((id) => world.koji.tasks.get(id)?.state)
    expect(states).toEqual(['OPEN', 'OPEN', 'FREE', 'FREE'])
    const [first, second, third, last] = await Promise.all(ids.map(ended))
    const ends = [first, second].map((task) => Number(task?.completedAt)).sort((x, y) => x - y)
    expect(Number(third?.startedAt)).toBeGreaterThanOrEqual(Number(ends[0]))
    expect(Number(last?.startedAt)).toBeGreaterThanOrEqual(Number(ends[1]))
  })

  it('take the time configured for the image name', async () => {
    const { submit, ended } = await buildersForTest({
      builder: { durationMs: (name) => (name === 'ubi8-container' ? 5 : 150) },
    })
    const slow = await submit({ nvr: 'ubi9-container-9.3-1610', release: '1610.1' })
    const quick = await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' }))
    const late = await ended(slow)
    expect(Number(late.completedAt) - Number(late.startedAt)).toBeGreaterThanOrEqual(145)
    expect(Number(quick.completedAt)).toBeLessThan(Number(late.completedAt))
  })

  it('stop a canceled task and start the next one at once', async () => {
    const durationMs = (name: string) => (name === 'ubi8-container' ? 60_000 : 20)
    const { url, me, world, submit, ended } = await buildersForTest({
      builder: { parallelism: 1, durationMs },
    })
    const first = await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' })
    const second = await submit({ nvr: 'ubi9-container-9.3-1610', release: '1610.1' })
    await expect(callHub(url, 'getTaskResult', [second])).rejects.toThrow(
      new XmlRpcFault(1000, `Task ${second} is not finished`),
    )
    expect(await me.call('cancelTask', [first])).toBeNull()
    expect(world.koji.tasks.get(first)?.state).toBe('CANCELED')
    await expect(callHub(url, 'getTaskResult', [first])).rejects.toThrow(
      new XmlRpcFault(1000, `Task ${first} is canceled`),
    )
    await ended(second)
    expect(await me.call('cancelTask', [second])).toBeNull()
    expect(world.koji.tasks.get(second)?.state).toBe('CLOSED')
    expect(buildByNvr(world.koji, 'ubi8-container-8.9-1028.1')).toBeUndefined()
    expect(await me.call('cancelBuild', [first])).toBe(false)
  })

  it('do not start a task that was canceled while it waited', async () => {
    const { me, world, submit, ended } = await buildersForTest({ builder: { parallelism: 1 } })
    const { wakeBuilder } = world.koji
    world.koji.wakeBuilder = () => undefined
    const first = await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' })
    const second = await submit({ nvr: 'ubi9-container-9.3-1610', release: '1610.1' })
    await me.call('cancelTask', [first])
    world.koji.wakeBuilder = wakeBuilder
    wakeBuilder()
    expect((await ended(second)).state).toBe('CLOSED')
    expect(world.koji.tasks.get(first)?.state).toBe('CANCELED')
  })
})
