/** Answers requests for decisions with the text to send, reusing a cached text while the same inputs would give the same decision (decision 0059). */
import type { Facts } from '../../domain/gate/facts/facts.ts'
import { isTimeless } from '../../domain/gate/facts/lasting.ts'
import type { PolicyIndex } from '../../domain/gate/policy/policy-index.ts'
import { parseJsonBody } from '../../gate-input/request/body.ts'
import { createCache } from '../../lib/cache.ts'
import { recordedTraceId } from '../../lib/tracing/carrier.ts'
import { decisionText } from '../../present/gate/decision.ts'
import { type DecisionCaller, decide } from './decide.ts'
import type { Gate } from './open-gate.ts'

/** The body of a request as it was received, and its media type. */
export type SentBody = { type: string | undefined; bytes: ArrayBuffer }

/** The body of the answer; `when`: the time that it is about, null for now. */
export type AnswerBody = { text: string; when: string | null }

/**
 * The answer to a request; `callerOf` is called only for a decision that is made. Errors and repeating as those of `decide`.
 */
export type AnswerRequest = (sent: SentBody, callerOf: () => DecisionCaller) => Promise<AnswerBody>

/** A decision that satisfies, and what it was made of, apart from the bytes of its request: the policies in force and the facts. */
type Cached = AnswerBody & { policies: PolicyIndex; facts: Facts; lookups: CacheLookups }

/** How many facts of each kind making the decision again would find in the cache. */
type CacheLookups = { results: number; build: number; file: number }

/** They take at most some tens of megabytes: most requests have 200 bytes, and their answers 3,000. */
const MAX_CACHED = 4000
const MAX_REQUEST_BYTES = 4096
const MAX_ANSWER_LENGTH = 16_384

/**
 * Create one per process. The judge is pure, so equal requests, policies, settings and facts have equal answers: a cached answer is sent
 * while the same policies are in force and the cache would return the very same facts. So whatever drops one of these facts (news,
 * expiry, a newer result) ends the answer too.
 */
export function createAnswers(gate: Gate): AnswerRequest {
  const cache = createCache<Cached>(MAX_CACHED, () => 0) // without an expiry of their own

  function find(key: string): Cached | undefined {
    const found = cache.get(key)
    if (!found) return undefined
    if (found.policies === gate.policies().index && gate.holds(found.facts)) return found
    cache.delete(key)
    return undefined
  }

  return async (sent, callerOf) => {
    const started = performance.now()
    const key = keyOf(sent)
    const found = key === undefined ? undefined : find(key)
    if (found) {
      gate.metrics.decision('satisfied', (performance.now() - started) / 1000)
      report(gate, found.lookups)
      return found
    }
    const body = () => parseJsonBody(sent.type, sent.bytes)
    const { request, decision, input, explanation, facts } = await decide(gate, body, callerOf())
    const { distinctLatestResultsOn } = gate.settings
    const text = decisionText(decision, distinctLatestResultsOn, explanation, recordedTraceId())
    const answer = { text, when: request.when }
    const mayCache =
      decision.satisfied && request.when === null && explanation === null && text.length <= MAX_ANSWER_LENGTH
    if (key !== undefined && mayCache && isTimeless(facts) && gate.holds(facts))
      cache.set(
        key,
        { ...answer, policies: input.policies, facts, lookups: lookupsOf(facts) },
        Number.MAX_VALUE,
      )
    return answer
  }
}

/** Equal only for equal bytes of the same media type; undefined for a large request. */
function keyOf({ type = '', bytes }: SentBody): string | undefined {
  return bytes.byteLength > MAX_REQUEST_BYTES
    ? undefined
    : `${type}\n${Buffer.from(bytes).toString('latin1')}`
}

function lookupsOf({ results, builds, files }: Facts): CacheLookups {
  const testCases = results.reduce((sum, { need }) => sum + need.testCases.length, 0)
  return { results: testCases, build: builds.size, file: files.size }
}

function report({ metrics }: Gate, { results, build, file }: CacheLookups): void {
  if (results > 0) metrics.lookUp('results', true, results)
  if (build > 0) metrics.lookUp('build', true, build)
  if (file > 0) metrics.lookUp('file', true, file)
}
