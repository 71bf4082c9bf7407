/** The messages of the hub about tasks, in the form of its message plugin (behaviour/koji 7). */
import { describe, expect, it } from 'vitest'
import { shipAdvisory } from '../../../../../lab/services/errata/ship.ts'
import { decodeCall } from '../../../../../src/lib/xmlrpc/index.ts'
import { buildersForTest } from '../../../../support/lab/builders.ts'

describe('the bus', () => {
  it('gets a message for every state: for a new task in another shape, with the result only when closed', async () => {
    const { messages, submit, ended } = await buildersForTest()
    const { id } = await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' }))
    expect(messages.map(({ topic }) => topic)).toEqual(
      ['free', 'assigned', 'open', 'closed'].map((state) => `VirtualTopic.eng.brew.task.${state}`),
    )
    const [free, assigned, , closed] = messages
    expect(free?.properties).toEqual({
      type: 'TaskStateChange',
      id,
      parent: null,
      method: 'buildContainer',
      attribute: 'state',
      old: null,
      new: 'FREE',
    })
    const newInfo = free?.body.info as { request: string }
    expect(decodeCall(newInfo.request)).toMatchObject({
      method: 'buildContainer',
      params: [expect.stringContaining('containers/ubi8#'), expect.any(String), { release: '1028.1' }],
    })
    expect(newInfo).not.toHaveProperty('create_time')
    expect(assigned?.body).toMatchObject({
      old: 'FREE',
      new: 'ASSIGNED',
      info: { state: 4, request: [expect.any(String), expect.any(String), { isolated: true }] },
    })
    expect(assigned?.body.info).not.toHaveProperty('result')
    expect(closed?.body).toMatchObject({
      attribute: 'state',
      old: 'OPEN',
      new: 'CLOSED',
      info: { id, state: 2, weight: 1, result: { koji_builds: [expect.stringMatching(/^\d+$/)] } },
    })
  })

  it('gets no reason for a failure', async () => {
    const failures = { 'ubi8-container': { times: 1, code: 2001, text: 'secret reason' } }
    const { messages, submit, ended } = await buildersForTest({ builder: { failures } })
    await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' }))
    expect(messages.at(-1)).toMatchObject({
      topic: 'VirtualTopic.eng.brew.task.failed',
      body: { new: 'FAILED', info: { state: 5 } },
    })
    expect(JSON.stringify(messages)).not.toContain('secret reason')
  })

  it('gets a message about a canceled task', async () => {
    const { messages, me, submit } = await buildersForTest({ builder: { durationMs: () => 60_000 } })
    const id = await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' })
    await me.call('cancelTask', [id])
    expect(messages.at(-1)).toMatchObject({
      topic: 'VirtualTopic.eng.brew.task.canceled',
      body: { old: 'OPEN', new: 'CANCELED', info: { id, state: 3 } },
    })
  })

  it('gets no messages while it is silent; the work continues', async () => {
    const { messages, world, submit, ended } = await buildersForTest()
    world.bus.silent = true
    expect((await ended(await submit({ nvr: 'ubi8-container-8.9-1028', release: '1028.1' }))).state).toBe(
      'CLOSED',
    )
    shipAdvisory(world, 133001)
    expect(messages).toEqual([])
    expect(world.bus).toMatchObject({ sent: 0, dropped: 5 })
  })
})
