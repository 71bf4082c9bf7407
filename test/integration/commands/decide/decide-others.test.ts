/** Results that count for a second subject: what was published about that one stays true (decision 0113). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NotReady } from '../../../../src/lib/errors.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { type MessageGate, startMessageGate } from '../../../support/gate/message-gate.ts'

const NVR = 'nginx-container-1-1.el8'
const IMAGE = 'redhat-container-image'
const AS_IMAGE = { nvr: NVR, type: IMAGE }
const AS_BUILD = { item: NVR, type: 'koji_build' }
const POLICY = policyYaml('images', [test('t1'), test('t2')], {
  subject_type: IMAGE,
  product_versions: '[rhel-8]',
})

let world: MessageGate
beforeAll(async () => {
  world = await startMessageGate({ file: 'request_attempts: 1' })
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.reset()
  await world.setPolicies(POLICY)
})

/** A new result, its message and the decisions after it. */
async function result(testCase: string, data: Record<string, string>, outcome = 'PASSED'): Promise<void> {
  await world.putResult(testCase, outcome, data)
  await world.deliverAll()
  await world.decideNext()
}
const sent = () => world.changesBy('subject_type')

const NONE = 'Of 2 required tests, 2 results missing'
const ONE = 'Of 2 required tests, 1 result missing'
const ALL = 'All required tests (2 total) have passed or been waived'
const FAILED = 'Of 2 required tests, 1 test failed'

describe('a result of the build of an image', () => {
  it('changes what was decided on the image, once', async () => {
    await result('t1', AS_IMAGE)
    await world.putResult('t2', 'PASSED', AS_BUILD)
    const [message] = world.messages.splice(0)
    await world.deliver(message)
    await world.decideNext()
    await world.deliver(message)
    await world.decideNext()
    await result('t2', AS_BUILD, 'FAILED')
    expect(await sent()).toEqual([
      [IMAGE, NONE, ONE],
      [IMAGE, ONE, ALL],
      [IMAGE, ALL, FAILED],
    ])
  })

  it('leads to no decision where nothing was decided on the image before', async () => {
    await result('t1', AS_BUILD)
    expect(await sent()).toEqual([])
    await result('t2', AS_IMAGE)
    expect(await sent()).toEqual([[IMAGE, ONE, ALL]])
  })

  it('waits while the decision on the image cannot be made', async () => {
    await result('t1', AS_IMAGE)
    await world.putResult('t2', 'PASSED', AS_BUILD)
    await world.deliver(world.messages.pop())
    world.world.faults.push({ service: 'resultsdb', kind: 'status', status: 503 })
    await expect(world.decideNext()).rejects.toThrow(NotReady)
    world.world.faults.length = 0
    await world.decideNext()
    expect(await world.decideNext()).toBe(false)
    expect(await sent()).toEqual([
      [IMAGE, NONE, ONE],
      [IMAGE, ONE, ALL],
    ])
  })
})
