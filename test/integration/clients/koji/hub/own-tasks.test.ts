/** Searching for our own tasks in the build system, and canceling them. */
import { describe, expect, test } from 'vitest'
import { troubleOf } from '../../../../../src/lib/errors.ts'
import { encodeCall, XmlRpcFault } from '../../../../../src/lib/xmlrpc/index.ts'
import { startHub } from '../../../../support/lab/fake-hub.ts'
import { failureOf, requestFor, sessionClient } from '../../../../support/lab/koji-client.ts'

describe('searching for tasks', () => {
  test('sends one query for simultaneous callers, for our own tasks since the earliest time', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    await koji.submitContainer(requestFor('app'))
    const times = ['2026-11-21T12:00:00.900Z', '2026-11-21T11:00:00.500Z', '2026-11-21T13:00:00Z']
    const received: unknown[] = []
    const list = hub.tasks
    hub.methods.listTasks = ([opts = null]) => {
      received.push(opts)
      return list.map((task) => ({ ...task, method: 'buildContainer' }))
    }
    const found = await Promise.all(times.map((time) => koji.findTasks({ since: new Date(time) })))
    expect(received).toEqual([
      {
        method: 'buildContainer',
        owner: 2,
        createdAfter: '2026-11-21T11:00:00.500Z',
      },
    ])
    expect(found.map((tasks) => tasks.map(({ id }) => id))).toEqual([[101], [101], [101]])
  })

  test('reads requests as they are stored, and marks what cannot be read of a task as unknown', async () => {
    const hub = await startHub()
    const params = ['git://x/containers/a#1', 't', { release: '7' }]
    const xml = encodeCall('buildContainer', params)
    hub.methods.listTasks = () => [
      { id: 7, state: 1, request: xml },
      { id: 8, state: 1, request: Buffer.from(xml).toString('base64') },
      { id: 9, state: 1, request: xml.slice(0, -20) },
      { id: 1, state: 1, request: 'Invalid data' },
      { id: 2, state: 3, request: ['git://x/containers/a#1', 't', { release: '5' }] },
      { id: 3, state: 3, request: ['git://x/containers/a#1', 't', { release: 5 }] },
      { id: '4', state: 'odd', request: ['git://x/containers/a#1', 't', {}] },
      null,
    ]
    expect(await sessionClient(hub).findTasks({ since: new Date() })).toMatchObject([
      { id: 7, source: 'git://x/containers/a#1', release: '7', target: 't', opts: { release: '7' } },
      { id: 8, source: 'git://x/containers/a#1', release: '7', target: 't', opts: { release: '7' } },
      { id: 9, source: undefined, release: undefined },
      { id: 1, source: undefined, release: undefined },
      { id: 2, source: 'git://x/containers/a#1', release: '5', target: 't', opts: { release: '5' } },
      { id: 3, source: 'git://x/containers/a#1', release: undefined },
      { id: undefined, source: 'git://x/containers/a#1', release: null },
      { id: undefined, source: undefined, release: undefined },
    ])
  })
})

describe('canceling', () => {
  test('returns CANCELED when the task is canceled afterwards, and can be repeated', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const id = await koji.submitContainer(requestFor('app'))
    expect(await koji.cancelTask(id)).toEqual({ state: 'CANCELED' })
    expect(await koji.cancelTask(id)).toEqual({ state: 'CANCELED' })
  })

  test('returns how a task had ended, and null for an unknown one', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const id = await koji.submitContainer(requestFor('app'))
    const [task] = hub.tasks
    if (task) task.state = 2
    expect(await koji.cancelTask(id)).toEqual({ state: 'CLOSED' })
    expect(await koji.cancelTask(9999)).toEqual({ state: null })
  })

  test('returns the state of a task that the hub refuses to cancel', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const id = await koji.submitContainer(requestFor('app'))
    hub.methods.cancelTask = () => {
      throw new XmlRpcFault(1000, 'not now')
    }
    expect(await koji.cancelTask(id)).toEqual({ state: 'FREE' })
  })

  test('is decided by the state of the task when the answer was lost', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const id = await koji.submitContainer(requestFor('app'))
    hub.troubled.add('cancelTask')
    hub.troubles.push({ when: 'after', kind: 'drop' })
    expect(await koji.cancelTask(id)).toEqual({ state: 'CANCELED' })
  })

  test('is trouble of the hub when the answer was lost and the task still runs', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const id = await koji.submitContainer(requestFor('app'))
    hub.methods.cancelTask = () => null
    hub.troubled.add('cancelTask')
    hub.troubles.push({ when: 'after', kind: 'garbage' })
    expect(troubleOf(await failureOf(koji.cancelTask(id)))).toMatchObject({
      service: 'koji',
      blame: 'service',
    })
  })

  test('joins tasks that are canceled at the same time into few requests', async () => {
    const hub = await startHub()
    const koji = sessionClient(hub)
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => koji.submitContainer(requestFor(name))))
    const before = hub.received.length
    expect(await Promise.all(ids.map((id) => koji.cancelTask(id)))).toEqual(
      Array(4).fill({ state: 'CANCELED' }),
    )
    expect(hub.received.slice(before).filter(({ body }) => body.includes('cancelTask'))).toHaveLength(1)
  })
})
