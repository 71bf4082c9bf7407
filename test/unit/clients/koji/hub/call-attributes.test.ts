import { describe, expect, it } from 'vitest'
import { callAttributes } from '../../../../../src/clients/koji/hub/call-attributes.ts'
import { calls } from '../../../../../src/clients/koji/hub/calls.ts'
import { multiCall } from '../../../../../src/clients/koji/hub/multicall.ts'

describe('the attributes of a call', () => {
  it('have the method and the task it is about', () => {
    expect(callAttributes(calls.taskInfo(7))).toEqual({ 'rpc.method': 'getTaskInfo', 'koji.task.id': 7 })
    expect(callAttributes(calls.build(7))).toEqual({ 'rpc.method': 'getBuild' })
  })

  it('of a multicall have its methods, the number of its calls and its tasks', () => {
    const call = multiCall([calls.taskInfo(7), calls.taskResult(8), calls.build('bash-5-1')])
    expect(callAttributes(call)).toEqual({
      'rpc.method': 'multiCall',
      'koji.methods': ['getTaskInfo', 'getTaskResult', 'getBuild'],
      'koji.calls': 3,
      'koji.task.ids': [7, 8],
    })
  })

  it('have no other parameter, such as a password', () => {
    const text = JSON.stringify(callAttributes({ method: 'login', params: ['user', 'secret'] }))
    expect(text).not.toContain('secret')
  })

  it('name at most 50 tasks', () => {
    const many = multiCall(Array.from({ length: 200 }, (_none, n) => calls.taskInfo(n)))
    expect(callAttributes(many)['koji.task.ids']).toHaveLength(50)
  })
})
