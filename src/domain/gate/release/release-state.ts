/** Derives from its decisions whether a rebuilt image may go out. */
import { z } from 'zod'
import { type AnswerKind, MEANINGS } from '../judge/answer.ts'

/** From the worst to the best: the state of an image is the worst of its gates. */
export const RELEASE_STATES = [
  'failed',
  'undecided',
  'waiting for tests',
  'no policy applies',
  'waived',
  'may go out',
] as const
export type ReleaseState = (typeof RELEASE_STATES)[number]

/** What a requirement that is not met means; null: an answer of this kind is met. */
const UNMET: Record<AnswerKind, ReleaseState | null> = {
  passed: null,
  missing: 'waiting for tests',
  incomplete: 'waiting for tests',
  failed: 'failed',
  errored: 'failed',
  'file-fetched': null,
  'file-missing': 'failed',
  'file-failed': 'undecided',
  'file-invalid': 'failed',
  excluded: null,
}
const STATE_OF_TYPE = new Map<string, ReleaseState>(
  Object.entries(UNMET).flatMap(
    ([kind, state]) => (state ? [[MEANINGS[kind as AnswerKind].type, state]] : []), // the keys are the kinds
  ),
)

const requirementSchema = z.object({ type: z.string() })

/** The part of a decision, as it is answered over HTTP, that the state depends on. */
const judgedSchema = z.object({
  policies_satisfied: z.boolean(),
  summary: z.string(),
  satisfied_requirements: z.array(requirementSchema),
  unsatisfied_requirements: z.array(requirementSchema),
})
type JudgedDecision = z.infer<typeof judgedSchema>

/** A decision at one gate; `satisfied` null: there is none, and `summary` says why. */
export type ReleaseDecision = { state: ReleaseState; summary: string; satisfied: boolean | null }

/** Why there is no decision. */
export const undecided = (summary: string): ReleaseDecision => ({
  state: 'undecided',
  summary,
  satisfied: null,
})

/** Reads a decision as it was answered or stored; undefined: of another shape, so it has to be made again. */
export function readReleaseDecision(decision: unknown): ReleaseDecision | undefined {
  const judged = judgedSchema.safeParse(decision).data
  if (!judged) return undefined
  return { state: stateOfDecision(judged), summary: judged.summary, satisfied: judged.policies_satisfied }
}

/** Whether a service could not answer for the decision: it may change without any message, so it must not be stored. */
export function isUndecided(decision: unknown): boolean {
  return (readReleaseDecision(decision)?.state ?? 'undecided') === 'undecided'
}

/** The state of an image at one gate. A requirement of an unknown type that is not met counts as failed. */
function stateOfDecision(decision: JudgedDecision): ReleaseState {
  const { policies_satisfied, satisfied_requirements, unsatisfied_requirements } = decision
  if (!policies_satisfied)
    return (
      worstOf(unsatisfied_requirements.map(({ type }) => STATE_OF_TYPE.get(type) ?? 'failed')) ?? 'failed'
    )
  return satisfied_requirements.some(({ type }) => type.endsWith('-waived')) ? 'waived' : 'may go out'
}

/** The worst of these states; undefined when there are none. */
export function worstOf(states: readonly ReleaseState[]): ReleaseState | undefined {
  return RELEASE_STATES.find((state) => states.includes(state))
}
