/** Runs the decision loop: find out which facts are missing, fetch them, repeat until a decision is possible. */
import { createHash } from 'node:crypto'
import type { Decision } from '../../domain/gate/decision.ts'
import { explain } from '../../domain/gate/explain/explain.ts'
import type { Explanation } from '../../domain/gate/explain/explanation.ts'
import { type Facts, joinFacts, NO_FACTS } from '../../domain/gate/facts/facts.ts'
import type { DecisionInput } from '../../domain/gate/judge/round.ts'
import { nextStep } from '../../domain/gate/next-step.ts'
import {
  DecisionError,
  type DecisionFault,
  withExplanation,
  withMessage,
} from '../../domain/gate/request/decision-error.ts'
import type { DecisionRequest } from '../../domain/gate/request/request.ts'
import { parseDecisionRequest } from '../../gate-input/request/parse-request.ts'
import { createAttemptLimits } from '../../lib/async/attempt-limit.ts'
import { withDeadline } from '../../lib/async/deadline.ts'
import type { DecisionOutcome } from '../../lib/metrics/metrics.ts'
import type { Missing } from './gather/attempts.ts'
import { type GatherCaller, MAX_ATTEMPTS } from './gather-facts.ts'
import type { Gate } from './open-gate.ts'

/** Far more than any decision needs: a guard against rounds that request the same facts again and again. */
const MAX_ROUNDS = 20
/** What is fetched for a larger request is cached until there is a decision. */
const MAX_SUBJECTS_NOT_CACHED = 100

/** How the metrics count a request without a decision: `refused` for its own faults, `failed` for those of services. */
const OUTCOMES = {
  'bad-request': 'refused',
  'not-found': 'refused',
  'not-json': 'refused',
  'upstream-failed': 'failed',
  'upstream-timeout': 'failed',
} as const satisfies Record<DecisionFault, DecisionOutcome>

/** The caller that waits for a decision. `onRequest` gets the request as soon as it is read, so that a failure can say what it was about. */
export type DecisionCaller = {
  signal?: AbortSignal
  requestId?: string
  onRequest?: (request: DecisionRequest) => void
}

/** A decision, the parsed request, and the input and facts it was judged by; `explanation` is null unless it was requested. */
export type Decided = {
  request: DecisionRequest
  decision: Decision
  input: DecisionInput
  facts: Facts
  explanation: Explanation | null
}

/**
 * Decides the request in the parsed JSON that `body` returns (behaviour/greenwave 3); `body` may throw, so that unreadable
 * requests are counted too. `caller` aborts when the client no longer waits. Safe to repeat: it only reads.
 * @throws DecisionError when the request is invalid, or an upstream service fails or is too slow; with the explanation as far
 * as it goes if that was requested
 */
export async function decide(gate: Gate, body: () => unknown, caller: DecisionCaller = {}): Promise<Decided> {
  const started = performance.now()
  const report = (outcome: DecisionOutcome) =>
    gate.metrics.decision(outcome, (performance.now() - started) / 1000)
  try {
    const work = (signal: AbortSignal) => decideInTime(gate, body(), signal, caller)
    const decided = await withDeadline(gate.deadlineMs, work, caller.signal)
    report(decided.decision.satisfied ? 'satisfied' : 'unsatisfied')
    return decided
  } catch (error) {
    gate.metrics.count('total_decision_exceptions')
    report(error instanceof DecisionError ? OUTCOMES[error.kind] : 'failed')
    throw error
  }
}

async function decideInTime(
  gate: Gate,
  body: unknown,
  signal: AbortSignal,
  { requestId, onRequest }: DecisionCaller,
): Promise<Decided> {
  const { index, subjectTypes } = gate.policies()
  const request = parseDecisionRequest(body, subjectTypes, gate.settings.maxSubjects)
  onRequest?.(request)
  const key = isCacheable(request) ? keyOf(body) : undefined
  const attempt = key === undefined ? undefined : gate.attempts.begin(key)
  const caller = { requestId, limits: createAttemptLimits(MAX_ATTEMPTS), ...(attempt && { attempt }) }
  const input: DecisionInput = {
    request,
    policies: index,
    settings: gate.settings,
    now: gate.now().getTime(),
  }
  const { decision, facts } = await gatherUntilDecided({ gate, signal, caller }, input, NO_FACTS).catch(
    (error: unknown) => {
      throw attempt ? withProgress(error, attempt.missing(), request.subjects.length) : error
    },
  )
  if (key !== undefined) gate.attempts.end(key)
  return { request, decision, input, facts, explanation: request.explain ? explain(input, facts) : null }
}

/** Requests about a few subjects fit into one call. Originals of results would need too much memory. */
function isCacheable({ subjects, verbose, when }: DecisionRequest): boolean {
  return subjects.length > MAX_SUBJECTS_NOT_CACHED && !verbose && when === null
}

function keyOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64')
}

/** Adds to the error of a request that ran out of time how far it had got. */
function withProgress(error: unknown, missing: Missing | undefined, subjects: number): unknown {
  if (!(error instanceof DecisionError) || error.kind !== 'upstream-timeout' || missing === undefined)
    return error
  const inPart = missing.partly > 0 ? `, and of ${missing.partly} in part` : ''
  const known = `The results of ${subjects - missing.subjects} of ${subjects} subjects are known${inPart}`
  const progress = `${known}; a repeated request goes on from there.`
  return withMessage(error, `${error.message}. ${progress}`)
}

/** How the facts of decisions are gathered; `signal` aborts it. */
export type Gathering = { gate: Pick<Gate, 'gather'>; signal: AbortSignal; caller: GatherCaller }

/**
 * The decision on one input, and the facts it was made with: those that are `known`, and what is missing of them.
 * @throws DecisionError, of requests with `explain` with the explanation as far as it goes
 */
export async function gatherUntilDecided(
  { gate, signal, caller: gatherFor }: Gathering,
  input: DecisionInput,
  known: Facts,
): Promise<{ decision: Decision; facts: Facts }> {
  let facts = known
  const onPartly = (partly: Partial<Facts>) => {
    facts = joinFacts(facts, partly)
  }
  const caller = input.request.explain ? { ...gatherFor, onPartly } : gatherFor
  try {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const step = nextStep(input, facts)
      if (step.kind === 'decision') return { decision: step.decision, facts }
      facts = joinFacts(facts, await gate.gather(step.needs, signal, caller))
    }
    throw new Error(`no decision after ${MAX_ROUNDS} rounds`)
  } catch (error) {
    if (!(input.request.explain && error instanceof DecisionError)) throw error
    throw withExplanation(error, explain(input, facts))
  }
}
