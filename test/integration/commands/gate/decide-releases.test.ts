/** Checks what is kept of decisions at release gates: until there is news of the image, also while one is being made. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createReleases, type Releases } from '../../../../src/commands/gate/decide-releases.ts'
import { openGate } from '../../../../src/commands/gate/open-gate.ts'
import { policyYaml, test } from '../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../support/gate/gate.ts'

const GATE = { decisionContext: 'c', productVersion: 'rhel-9', subjectType: 'koji_build' }
const GATES = [GATE]

let world: TestGate
beforeAll(async () => {
  world = await startGate()
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.reset()
  await world.setPolicies(policyYaml('p', [test('t')], { product_versions: '[rhel-9]' }))
})

const putResult = (item: string, outcome: string) =>
  world.putResult('t', outcome, { item, type: 'koji_build' })
const statesOf = async (releases: Releases, nvrs: string[]) =>
  (await releases.decide(nvrs, GATES)).map(([decision]) => decision?.state)
const newReleases = () => createReleases(world.ctx, openGate(world.ctx))

it('decisions are kept until there is news of the image, or news may have been missed', async () => {
  const releases = newReleases()
  const images = ['a-1-1', 'b-1-1']
  await statesOf(releases, images)
  for (const image of images) await putResult(image, 'PASSED')
  expect(await statesOf(releases, images)).toEqual(['waiting for tests', 'waiting for tests'])
  releases.forgetSubject('a-1-1')
  expect(await statesOf(releases, images)).toEqual(['may go out', 'waiting for tests'])
  releases.forgetAll()
  expect(await statesOf(releases, images)).toEqual(['may go out', 'may go out'])
})

it('a decision is kept no longer because one at another gate is made later', async () => {
  let now = 0
  const releases = createReleases(world.ctx, openGate(world.ctx), () => now)
  const other = { ...GATE, productVersion: 'rhel-10' }
  await world.setPolicies(policyYaml('p', [test('t')], { product_versions: '[rhel-9, rhel-10]' }))
  const stateOf = async (gates: typeof GATES) => (await releases.decide(['a-1-1'], gates))[0]?.[0]?.state
  expect(await stateOf([GATE])).toBe('waiting for tests')
  await putResult('a-1-1', 'FAILED') // without news of it
  now = 20_000
  expect(await stateOf([GATE, other])).toBe('waiting for tests')
  now = 31_000
  expect(await stateOf([GATE, other])).toBe('failed')
})

it('a decision that was under way when news arrived is not kept', async () => {
  const gate = openGate(world.ctx)
  const releases = createReleases(world.ctx, {
    ...gate,
    gather: async (...given) => {
      const facts = await gate.gather(...given)
      await putResult('a-1-1', 'PASSED')
      releases.forgetSubject('a-1-1')
      return facts
    },
  })
  expect(await statesOf(releases, ['a-1-1'])).toEqual(['waiting for tests'])
  expect(await statesOf(releases, ['a-1-1'])).toEqual(['may go out'])
})

it('a call makes a limited number of decisions, and the next one goes on from there, whatever the news of others', async () => {
  const gate = openGate(world.ctx)
  const releases = createReleases(world.ctx, {
    ...gate,
    gather: (...given) => {
      releases.forgetSubject('other-1-1') // as on a bus where messages never stop
      return gate.gather(...given)
    },
  })
  const images = Array.from({ length: 2001 }, (_, n) => `image-${n}-1-1`)
  const first = await releases.decide(images, GATES)
  expect(first.slice(0, 2000).every(([decision]) => decision?.state === 'waiting for tests')).toBe(true)
  expect(first[2000]).toMatchObject([{ state: 'undecided', summary: expect.stringMatching(/Repeat it\.$/) }])
  const next = await releases.decide(images, GATES)
  expect(next.every(([decision]) => decision?.state === 'waiting for tests')).toBe(true)
})

it('a waiver for one product version lifts nothing at the release gate of another', async () => {
  await world.setPolicies(policyYaml('p', [test('t')], { product_versions: '["rhel-*"]' }))
  await putResult('a-1-1', 'FAILED')
  await world.putWaiver('t', { subject_identifier: 'a-1-1', product_version: 'rhel-8' })
  const gates = ['rhel-8', 'rhel-9'].map((productVersion) => ({ ...GATE, productVersion }))
  const [decisions] = await newReleases().decide(['a-1-1'], gates)
  expect(decisions?.map(({ state }) => state)).toEqual(['waived', 'failed'])
})

it('a decision that cannot be made has the reason, without the credentials of addresses', async () => {
  const { env } = world.ctx.settings
  const url = env.KOJI_BASE_URL
  env.KOJI_BASE_URL = 'http://me:hunter2@koji.example.com/kojihub'
  const releases = newReleases()
  env.KOJI_BASE_URL = url
  const since = test('t', 'valid_since: 2021-01-01')
  await world.setPolicies(policyYaml('p', [since], { product_versions: '[rhel-9]' }))
  expect(await releases.decide(['a-1-1'], GATES)).toMatchObject([
    [{ state: 'undecided', summary: expect.stringContaining('at "http://me:***@koji.example.com/kojihub"') }],
  ])
})
