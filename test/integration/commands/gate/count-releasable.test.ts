/** Checks how many rebuilt images of an event may go out, for an answer that does not wait long for the decisions. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createReleasableCount } from '../../../../src/commands/gate/count-releasable.ts'
import { createReleases } from '../../../../src/commands/gate/decide-releases.ts'
import { openGate } from '../../../../src/commands/gate/open-gate.ts'
import type { ReleaseDecision } from '../../../../src/domain/gate/release/release-state.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../support/gate/gate.ts'

let world: TestGate
beforeAll(async () => {
  world = await startGate({ file: 'release_gates: [{decision_context: c, product_version: rhel-9}]' })
  await world.setPolicies(policyYaml('p', [test('t')], { product_versions: '[rhel-9]' }))
})
afterAll(() => world.stop())

async function eventWith(...nvrs: string[]): Promise<number> {
  const event = await makeEvent(world.ctx)
  for (const rebuiltNvr of nvrs) await makeBuild(world.ctx, event, { state: 'DONE', rebuiltNvr })
  return event
}
const putResult = (item: string, outcome: string) =>
  world.putResult('t', outcome, { item, type: 'koji_build' })

it('the number counts the images that every gate lets out, by waivers too', async () => {
  const event = await eventWith('passed-1-1', 'waived-1-1', 'failed-1-1', 'untested-1-1')
  await putResult('passed-1-1', 'PASSED')
  await putResult('waived-1-1', 'FAILED')
  await world.putWaiver('t', { subject_identifier: 'waived-1-1', product_version: 'rhel-9' })
  await putResult('failed-1-1', 'FAILED')
  const count = createReleasableCount(world.ctx, createReleases(world.ctx, openGate(world.ctx)))
  expect(await count(event)).toBe(2)
  expect(await count(await eventWith())).toBe(0)
})

it('the number is not known while the decisions take long or cannot be made; readers of one event share the work', async () => {
  const event = await eventWith('slow-1-1')
  const answers: PromiseWithResolvers<ReleaseDecision[][]>[] = []
  const decide = () => {
    const answer = Promise.withResolvers<ReleaseDecision[][]>()
    answers.push(answer)
    return answer.promise
  }
  const count = createReleasableCount(world.ctx, { decide })
  expect(await Promise.all([count(event), count(event)])).toEqual([null, null])
  expect(answers).toHaveLength(1)
  const later = count(event)
  answers[0]?.resolve([[{ state: 'may go out', summary: '', satisfied: true }]])
  expect(await later).toBe(1)
  const failing = count(event)
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.reject(new Error('gone'))
  expect(await failing).toBeNull()
})
