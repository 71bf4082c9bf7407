/** Random requests over HTTP, on the lab's services, get the same answers from a naive second reading of the behaviour. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addResult } from '../../../../../lab/services/resultsdb/state.ts'
import { addWaiver } from '../../../../../lab/services/waiverdb/state.ts'
import type { Waiver } from '../../../../../src/domain/gate/facts/facts.ts'
import { policyYaml } from '../../../../support/gate/builders.ts'
import { startGate, type TestGate } from '../../../../support/gate/gate.ts'
import { naiveDecision } from '../../../../support/gate/naive.ts'
import {
  fileUrl,
  MADE,
  type PlainRequest,
  type PlainWorld,
  plainRequest,
  plainWorld,
  yamlOf,
} from '../../../../support/gate/worlds.ts'

const RUNS = 80
/** At least one policy has to be in force. */
const UNUSED = policyYaml('unused', [], { decision_context: 'unused' })

let gate: TestGate
beforeAll(async () => {
  gate = await startGate()
})
afterAll(() => gate.stop())

/** Every waiver under the canonical name of its type, as the waiver service stores it. */
const stored = (waiver: Waiver): Waiver => ({
  ...waiver,
  subjectType: waiver.subjectType === 'brew-build' ? 'koji_build' : waiver.subjectType,
})

/** The waivers without those that a later one of their kind has replaced. */
function inForce(waivers: readonly Waiver[]): Waiver[] {
  const kindOf = ({ subjectType, subjectIdentifier, testCase, scenario }: Waiver) =>
    JSON.stringify([subjectType, subjectIdentifier, testCase, scenario])
  return waivers.filter((waiver, index) =>
    waivers.slice(index + 1).every((later) => kindOf(later) !== kindOf(waiver)),
  )
}

const timeOf = (ms: number | null) => new Date(ms ?? 0).toISOString().replace('Z', '000')

/** Puts the world into the services. Their ids count from 1, as those of the world do. */
async function fill({ policies, files, results, waivers }: PlainWorld): Promise<void> {
  await gate.reset()
  const { world } = gate
  for (const { testCase, outcome, data, submitTime } of results)
    addResult(world.resultsDb, { testCase, outcome, data, submittedAt: `${submitTime}.000000` })
  for (const { productVersion, createdAt, ...waiver } of waivers)
    addWaiver(world.waiverDb, {
      ...waiver,
      productVersion: productVersion ?? '',
      givenAt: timeOf(createdAt),
    })
  for (const [nvr, made] of Object.entries(MADE))
    gate.putBuild(nvr, `git://h/rpms/${nvr}#r`, Date.parse(made) + 1000) // completed a second after its creation
  for (const [nvr, content] of Object.entries(files))
    if (content !== null)
      gate.putFile(`rpms/${nvr}`, 'r', content === 'invalid' ? 'a: b: c' : yamlOf(content))
  await gate.setPolicies(yamlOf(policies) + UNUSED)
}

type Body = Record<string, unknown> & { unsatisfied_requirements: Record<string, unknown>[] }

/** The answer, with ids for results and waivers and without the details of invalid files, or the message of the 404. */
async function decided(request: PlainRequest): Promise<unknown> {
  const { status, text } = await gate.decide(request)
  const url = new URL(fileUrl('')).origin
  const git = new URL(JSON.parse(gate.lab.urls.REMOTE_RULE_POLICIES)['*']).origin
  const json: Body & { message: string } = JSON.parse(text.replaceAll(git, url))
  if (status === 404) return json.message
  const { unsatisfied_requirements, ...rest } = json
  return withIds({
    ...rest,
    unsatisfied_requirements: unsatisfied_requirements.map(({ details, ...item }) => item),
  })
}

function withIds(decision: Record<string, unknown>): unknown {
  const idsOf = (list: unknown) => (list as { id: number }[]).map(({ id }) => id) // results or waivers
  const { results, waivers, ...rest } = decision
  return { ...rest, ...(results !== undefined && { results: idsOf(results), waivers: idsOf(waivers) }) }
}

it('a decision over HTTP is the one that a naive reading of the behaviour makes', async () => {
  let answered = 0
  const requests = fc.array(plainRequest, { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(plainWorld, requests, async (random, sent) => {
      const world = { ...random, waivers: random.waivers.map(stored) }
      await fill(world)
      const known = { ...world, waivers: inForce(world.waivers) }
      const expected = sent.map((request) => naiveDecision(known, request))
      answered += expected.filter((decision) => typeof decision !== 'string').length
      expect(await Promise.all(sent.map(decided))).toEqual(
        expected.map((decision) => (typeof decision === 'string' ? decision : withIds(decision))),
      )
    }),
    { numRuns: RUNS, seed: 20_211_002 },
  )
  expect(answered).toBeGreaterThan(RUNS / 2)
})
