/** Faults of the hub: for whole requests, as in maintenance, and for single calls, also inside a multicall. */
import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../../../../lab/fault-rule.ts'
import { kwargs, XmlRpcFault, type XmlRpcInput } from '../../../../../src/lib/xmlrpc/index.ts'
import { callHub, labForTest, logIn } from '../../../../support/lab/lab.ts'

async function faultyHub(...faults: Omit<FaultRule, 'service'>[]) {
  const lab = await labForTest()
  lab.world.faults.push(...faults.map((rule) => ({ service: 'koji' as const, ...rule })))
  const url = lab.urls.KOJI_BASE_URL
  const call = (method: string, params: readonly XmlRpcInput[] = []) => callHub(url, method, params)
  const multiCall = (...calls: [method: string, ...params: XmlRpcInput[]][]) =>
    call('multiCall', [calls.map(([methodName, ...params]) => ({ methodName, params }))])
  return { ...lab, url, call, multiCall }
}

const NODEJS = 'nodejs-18-container-1-92'
const fault = (code: number, text: string) => new XmlRpcFault(code, text)
const entry = (faultCode: number, faultString: string) => ({
  faultCode,
  faultString,
  traceback: expect.any(Array),
})

describe('a hub in maintenance', () => {
  it('refuses every request with fault 1014 until it is lifted, also a multicall as a whole', async () => {
    const { call, multiCall, url, world } = await faultyHub({ kind: 'fault' })
    const offline = fault(1014, 'hub is offline for maintenance')
    await expect(call('getAPIVersion')).rejects.toThrow(offline)
    await expect(multiCall(['getAPIVersion'])).rejects.toThrow(offline)
    await expect(logIn(url)).rejects.toThrow(offline)
    world.faults.length = 0
    expect(await call('getAPIVersion')).toBe(1)
  })

  it('can let callers log in', async () => {
    const { call, url } = await faultyHub({ kind: 'fault', except: ['login', 'sslLogin', 'logout'] })
    const me = await logIn(url)
    await expect(me.call('getLoggedInUser')).rejects.toThrow('fault 1014')
    await expect(call('getAPIVersion')).rejects.toThrow('fault 1014')
  })

  it('is set for a request that has a call of this method inside', async () => {
    const { call, multiCall } = await faultyHub({ kind: 'fault', operation: 'getTaskInfo' })
    await expect(multiCall(['getAPIVersion'], ['getTaskInfo', 1])).rejects.toThrow('fault 1014')
    expect(await multiCall(['getAPIVersion'])).toEqual([[1]])
    expect(await call('getAPIVersion')).toBe(1)
  })

  it('can end after some requests or at a time of the lab', async () => {
    const { call, world } = await faultyHub(
      { kind: 'fault', times: 1 },
      { kind: 'fault', code: 1, until: 1000 },
    )
    world.now = () => 999
    await expect(call('getAPIVersion')).rejects.toThrow('fault 1014')
    await expect(call('getAPIVersion')).rejects.toThrow(
      fault(1, "<class 'OSError'>: [Errno 28] No space left on device"),
    )
    world.now = () => 1000
    expect(await call('getAPIVersion')).toBe(1)
  })
})

describe('a fault of a call', () => {
  it('ends this call of a multicall only, with its own code and text', async () => {
    const { multiCall } = await faultyHub(
      { kind: 'call-fault', operation: 'findBuildID', code: 1014, text: 'database outage' },
      { kind: 'call-fault', operation: 'getTaskInfo', code: 1006 },
      { kind: 'call-fault', operation: 'listTags' },
    )
    expect(
      await multiCall(
        ['getAPIVersion'],
        ['findBuildID', NODEJS],
        ['getTaskInfo', 60_000_001],
        ['listTags'],
        ['getKojiVersion'],
      ),
    ).toEqual([
      [1],
      entry(1014, 'database outage'),
      entry(1006, 'Session is locked by another call'),
      entry(1000, 'Refused'),
      ['1.35.3'],
    ])
  })

  it('ends a single call with a fault as well', async () => {
    const { call } = await faultyHub({
      kind: 'call-fault',
      operation: 'findBuildID',
      code: 1000,
      text: 'no way',
    })
    await expect(call('findBuildID', [NODEJS])).rejects.toThrow(fault(1000, 'no way'))
    expect(await call('getAPIVersion')).toBe(1)
  })

  it('can be limited to calls with a number or text anywhere in their arguments', async () => {
    const { multiCall } = await faultyHub(
      { kind: 'call-fault', operation: 'getTaskInfo', argument: 60_000_002 },
      { kind: 'call-fault', operation: 'findBuildID', argument: 'nodejs' },
      { kind: 'call-fault', operation: 'listRPMs', argument: 7 },
    )
    const answers = await multiCall(
      ['getTaskInfo', 60_000_001],
      ['getTaskInfo', [60_000_001, 60_000_002]],
      ['findBuildID', kwargs({ X: NODEJS })],
      ['findBuildID', 'redis-7-container-1-19'],
      ['listRPMs', kwargs({ imageID: 7 })],
      ['listRPMs', kwargs({ imageID: 77 })],
    )
    const faulted = (answers as unknown[]).map((answer) => !Array.isArray(answer)) // a multicall returns a list
    expect(faulted).toEqual([false, true, true, false, true, false])
  })

  it('affects the given number of calls, counted inside multicalls', async () => {
    const { multiCall } = await faultyHub({ kind: 'call-fault', operation: 'getAPIVersion', times: 2 })
    const calls: [string][] = [['getAPIVersion'], ['getAPIVersion'], ['getAPIVersion']]
    expect(await multiCall(...calls)).toEqual([entry(1000, 'Refused'), entry(1000, 'Refused'), [1]])
    expect(await multiCall(...calls)).toEqual([[1], [1], [1]])
  })

  it('of a submission creates no task, and its call number can be reused', async () => {
    const { url, world } = await faultyHub({
      kind: 'call-fault',
      operation: 'buildContainer',
      code: 1,
      times: 1,
    })
    const me = await logIn(url)
    const source = ['git://x/containers/nothing#1', 't', { git_branch: 'b' }]
    const before = world.koji.tasks.size
    await expect(callHub(url, 'buildContainer', source, me.headers(4))).rejects.toThrow('fault 1:')
    expect(world.koji.tasks.size).toBe(before)
    expect(await callHub(url, 'buildContainer', source, me.headers(4))).toEqual(expect.any(Number))
  })
})
