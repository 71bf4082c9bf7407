/** Subject types that change while a gate with a cache runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { policyYaml, test as rule } from '../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../support/gate/gate.ts'

const folder = mkdtempSync(join(tmpdir(), 'freshwave-types-'))
let gate: TestGate
beforeAll(async () => {
  gate = await startGate({ file: 'cache_seconds: 600' })
  gate.ctx.settings.env.SUBJECT_TYPES_DIR = folder
  writeType('old')
  await gate.setPolicies(policyYaml('p', [rule('t')], { subject_type: 'x' }))
})
afterAll(async () => {
  await gate.stop()
  rmSync(folder, { recursive: true })
})

function writeType(key: string): void {
  writeFileSync(join(folder, 'x.yaml'), `--- !SubjectType\nid: x\nresult_queries: [{item_key: ${key}}]\n`)
}
async function lookUpBy(key: string): Promise<void> {
  writeType(key)
  await gate.ctx.policies.reload()
}
async function isSatisfied(): Promise<boolean> {
  const request = { decision_context: 'c', product_version: 'fedora-26', subject_type: 'x' }
  const { json } = await gate.decide({ ...request, subject_identifier: 'a' })
  return json.policies_satisfied
}

it('changed subject types find their results at once, whatever is cached of those that the old queries have found', async () => {
  await gate.putResult('t', 'PASSED', { old: 'a' })
  await gate.putResult('t', 'FAILED', { new: 'a' })
  await lookUpBy('old')
  expect(await isSatisfied()).toBe(true)
  await lookUpBy('new')
  expect(await isSatisfied()).toBe(false)
  await lookUpBy('old')
  expect(await isSatisfied()).toBe(true)
})
