/** Messages of Koji and ODCS: changes of tasks and composes. */
import { describe, expect, it } from 'vitest'
import { composeBody, taskBody, taskProperties } from '../../../support/bus/messages.ts'
import { read, wrappings } from '../../../support/bus/reading.ts'

describe('a change of a task', () => {
  const texts = (properties: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]))

  it.each(['CLOSED', 'FAILED', 'CANCELED'])('means the end of the task when it is %s', (state) => {
    const topic = `topic://VirtualTopic.eng.brew.task.${state.toLowerCase()}`
    const ended = { outcome: 'meaning', meaning: { kind: 'task-ended', taskId: 20124784, state } }
    const headers = texts(taskProperties(20124784, state))
    expect(read(topic, taskBody(20124784, state), headers)).toEqual(ended)
    expect(read(topic, taskBody(20124784, state))).toEqual(ended)
    expect(read(topic, '', headers)).toEqual(ended)
    for (const [, wrap] of wrappings)
      expect(read(topic, wrap(topic, taskBody(20124784, state), headers))).toEqual(ended)
  })

  it.each([
    [{ koji_builds: ['7', '8'] }, 8],
    [{ koji_builds: [9] }, 9],
    [{ koji_builds: [] }, undefined],
    [{ koji_builds: ['x'] }, undefined],
    [{ koji_builds: '8' }, undefined],
    ['skipped', undefined],
    [null, undefined],
  ])('names the build that its result has, if it has one: %j', (result, kojiBuildId) => {
    const { info, ...rest } = taskBody(5, 'CLOSED')
    const meaning = { kind: 'task-ended', taskId: 5, state: 'CLOSED', ...(kojiBuildId && { kojiBuildId }) }
    const message = { ...rest, info: { ...info, result } }
    expect(read('brew.task.closed', message)).toEqual({ outcome: 'meaning', meaning })
  })

  it('has the state of the body when topic and headers contradict it', () => {
    const topic = '/topic/VirtualTopic.eng.brew.task.closed'
    expect(read(topic, taskBody(5, 'FAILED'), texts(taskProperties(5, 'CLOSED')))).toMatchObject({
      meaning: { taskId: 5, state: 'FAILED' },
    })
  })

  it('takes from the headers what the body lacks', () => {
    const body = { attribute: 'state', old: 'OPEN', new: 'CLOSED', info: { request: '<xml/>' } }
    expect(read('brew.task.closed', body, texts(taskProperties(5, 'CLOSED')))).toMatchObject({
      meaning: { taskId: 5, state: 'CLOSED' },
    })
  })

  it.each([
    [taskBody(5, 'CLOSED', 'newRepo'), 'Task 5 is a newRepo task, not buildContainer.'],
    [{ ...taskBody(5, 'CLOSED'), attribute: 'priority' }, 'Task 5 has changed its priority, not its state.'],
    [taskBody(5, 'OPEN'), 'Task 5 is now OPEN and has not ended.'],
  ])('is ignored when it does not end a container build', (body, reason) => {
    expect(read('x.brew.task.closed', body)).toEqual({ outcome: 'ignored', reason })
  })

  it.each([
    [taskBody(5, 'GONE'), /^new: Invalid option/],
    [{ new: 'CLOSED' }, /^info\.id: .*; info\.method: /],
    [{ ...taskBody(5, 'CLOSED'), info: 'x' }, /^info\.id: /],
    [[], /^body: /],
  ])('fails when it cannot be read: %j', (body, reason) => {
    expect(read('x.brew.task.closed', body)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(reason),
    })
  })

  it.each(['free', 'open', 'assigned'])('is ignored on topic %s', (state) => {
    expect(read(`x.brew.task.${state}`, taskBody(5, 'OPEN'))).toMatchObject({ outcome: 'ignored' })
  })
})

describe('a change of a compose', () => {
  const topics = ['VirtualTopic.eng.odcs.state.change', 'org.fedoraproject.prod.odcs.compose.state-changed']

  it.each(topics)('means the state by its number (%s)', (topic) => {
    for (const [state, name] of [
      [2, 'done'],
      [3, 'removed'],
      [4, 'failed'],
    ] as const) {
      expect(read(topic, composeBody(9, state))).toEqual({
        outcome: 'meaning',
        meaning: { kind: 'compose-changed', odcsComposeId: 9, state: name },
      })
    }
  })

  it('is ignored while the compose is in progress', () => {
    expect(read('odcs.state.change', composeBody(9, 0))).toEqual({
      outcome: 'ignored',
      reason: 'Compose 9 is in state wait and not ready yet.',
    })
    expect(read('odcs.state.change', composeBody(9, 1))).toMatchObject({ outcome: 'ignored' })
  })

  it.each([
    [composeBody(9, 5), /^compose\.state: Too big/],
    [{ compose: { id: 9, state: 'done' } }, /^compose\.state: /],
    [{ event: 'state-changed' }, /^compose: /],
    ['', /^body: /],
  ])('fails when it cannot be read: %j', (body, reason) => {
    expect(read('odcs.state.change', body)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(reason),
    })
  })
})
