/** The page of an event while the services behind the decisions do not answer. */
import { expect, it, onTestFinished } from 'vitest'
import { makeBuild, makeEvent } from '../../../../factories.ts'
import { policyYaml, test } from '../../../../support/gate/builders.ts'
import { startGate } from '../../../../support/gate/gate.ts'

const FILE = `
request_attempts: 1
requests_timeout: 8
release_gates: [{decision_context: ship, product_version: rhel-9}]
`

it('the page does not wait for them: all the rest of the event is shown', async () => {
  const gate = await startGate({ file: FILE })
  onTestFinished(gate.stop)
  await gate.setPolicies(
    policyYaml('p', [test('t')], { decision_context: 'ship', product_versions: '[rhel-9]' }),
  )
  const event = await makeEvent(gate.ctx)
  await makeBuild(gate.ctx, event, { state: 'DONE', rebuiltNvr: 'image-container-1-1.1' })
  gate.world.faults.push({ service: 'resultsdb', kind: 'hang' })
  const text = await (await fetch(`${gate.url}/ui/events/${event}`)).text()
  expect(text).toContain('Whether the images may go out is not known yet: the decisions take long.')
  expect(text).toContain('1 of 1 image rebuilt')
})
