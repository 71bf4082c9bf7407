/** Makes several decisions from one set of facts, in as few calls as one decision on all their subjects. */
import type { Decision } from '../../domain/gate/decision.ts'
import { type Facts, joinFacts } from '../../domain/gate/facts/facts.ts'
import { isSettled, mergeNeeds, type Needs } from '../../domain/gate/facts/needs.ts'
import type { DecisionInput } from '../../domain/gate/judge/round.ts'
import { nextStep } from '../../domain/gate/next-step.ts'
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import { type Gathering, gatherUntilDecided } from './decide.ts'

/** A decision, or why there is none. */
export type DecisionOrError = Decision | DecisionError

const MAX_ROUNDS = 20

/**
 * The outcomes in the order of `inputs`, which are all about one time, and the facts they were made with.
 * When a call for all of them fails, each is made by itself: a failure for one must not affect the others.
 */
export async function decideTogether(
  gathering: Gathering,
  inputs: readonly DecisionInput[],
  known: Facts,
): Promise<{ made: DecisionOrError[]; facts: Facts }> {
  let facts = known
  const outcomes = new Map<DecisionInput, DecisionOrError>()
  // The judge leaves it to the waiver service that waivers are for the product version, so each version needs its own.
  for (const group of Map.groupBy(inputs, ({ request }) => request.productVersion).values()) {
    const decided = await decideAlike(gathering, group, { ...facts, waivers: null })
    facts = decided.facts
    for (const [index, outcome] of decided.made.entries()) {
      const input = group[index]
      if (input) outcomes.set(input, outcome)
    }
  }
  return { made: inputs.flatMap((input) => outcomes.get(input) ?? []), facts }
}

/** The same for decisions about one product version. */
async function decideAlike(
  gathering: Gathering,
  inputs: readonly DecisionInput[],
  known: Facts,
): Promise<{ made: DecisionOrError[]; facts: Facts }> {
  const { gate, signal, caller } = gathering
  let facts = known
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const steps = inputs.map((input) => stepOf(input, facts))
    const needs = steps.flatMap((step) => ('needs' in step ? [step.needs] : []))
    if (needs.length === 0)
      return { made: steps.flatMap((step) => ('made' in step ? [step.made] : [])), facts }
    try {
      facts = joinFacts(facts, await gate.gather(toGather(needs), signal, caller))
    } catch (error) {
      if (!(error instanceof DecisionError)) throw error
      return { made: await decideApart(gathering, inputs, facts), facts }
    }
  }
  throw new Error(`no decisions after ${MAX_ROUNDS} rounds`)
}

/** Waivers come last and all together: decisions take the fetched ones for all that there are. */
function toGather(needs: readonly Needs[]): Needs {
  const merged = mergeNeeds(needs)
  const withoutWaivers = { ...merged, waivers: [] }
  return isSettled(withoutWaivers) ? merged : withoutWaivers
}

function stepOf(input: DecisionInput, facts: Facts): { needs: Needs } | { made: DecisionOrError } {
  try {
    const step = nextStep(input, facts)
    return step.kind === 'decision' ? { made: step.decision } : { needs: step.needs }
  } catch (error) {
    if (error instanceof DecisionError) return { made: error }
    throw error
  }
}

function decideApart(
  gathering: Gathering,
  inputs: readonly DecisionInput[],
  facts: Facts,
): Promise<DecisionOrError[]> {
  return Promise.all(
    inputs.map((input) =>
      gatherUntilDecided(gathering, input, facts).then(
        ({ decision }) => decision,
        (error: unknown) => {
          if (error instanceof DecisionError) return error
          throw error
        },
      ),
    ),
  )
}
