/** Messages of another hub on the same bus, about tasks whose ids collide with ours. */
import { describe, expect, it } from 'vitest'
import { publishForeignTask } from '../../../../../lab/services/koji/foreign-task.ts'
import { TASK_STATES, type TaskState } from '../../../../../lab/services/koji/records.ts'
import { callHub, labForTest } from '../../../../support/lab/lab.ts'

const OURS = 60_000_001

describe('a message about a foreign task', () => {
  it('has the form of an older hub: another owner, host and channel, a foreign source and result', async () => {
    const { world, messages } = await labForTest()
    world.now = () => Date.parse('2026-11-21T16:24:55.040Z')
    const body = publishForeignTask(world, { id: OURS, state: 'CLOSED', instance: 'arm' })
    expect(messages).toEqual([
      {
        topic: 'VirtualTopic.eng.brew.task.closed',
        body,
        properties: {
          type: 'TaskStateChange',
          id: String(OURS),
          parent: 'null',
          method: 'buildContainer',
          attribute: 'state',
          old: 'OPEN',
          new: 'CLOSED',
          instance: 'arm',
        },
      },
    ])
    expect(body).toMatchObject({
      attribute: 'state',
      old: 'OPEN',
      new: 'CLOSED',
      instance: 'arm',
      info: {
        id: OURS,
        state: 2,
        method: 'buildContainer',
        owner: 3447,
        host_id: 191,
        channel_id: 20,
        completion_time: '2026-11-21 16:24:55.040000',
        request: [expect.stringContaining('rpms/test-product-docker#'), 'rhel-docker-candidate', {}],
        result: { koji_builds: ['1016224'] },
      },
    })
  })

  it.each(Object.keys(TASK_STATES) as TaskState[])('can claim any state: %s', async (state) => {
    const { world, messages } = await labForTest()
    publishForeignTask(world, { id: OURS, state })
    const [message] = messages
    expect(message?.topic).toBe(`VirtualTopic.eng.brew.task.${state.toLowerCase()}`)
    expect(message?.body).toMatchObject({ new: state, info: { id: OURS, state: TASK_STATES[state] } })
    expect(Object.hasOwn(message?.body.info as object, 'result')).toBe(state === 'CLOSED')
  })

  it('can have any other members in its info, and changes nothing at our hub', async () => {
    const { urls, world, messages } = await labForTest()
    const before = await callHub(urls.KOJI_BASE_URL, 'getTaskInfo', [OURS])
    publishForeignTask(world, { id: OURS, state: 'FAILED', info: { request: null, method: 'build' } })
    expect(messages[0]?.body).toMatchObject({ info: { request: null, method: 'build', owner: 3447 } })
    expect(await callHub(urls.KOJI_BASE_URL, 'getTaskInfo', [OURS])).toEqual(before)
  })
})
