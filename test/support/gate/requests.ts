/** Bodies of requests for decisions, and why one is refused. */
import { DecisionError, type DecisionFault } from '../../../src/domain/gate/request/decision-error.ts'
import { parseDecisionRequest } from '../../../src/gate-input/request/parse-request.ts'
import { request, TYPES } from './builders.ts'

/** The refusal that `act` throws. @throws Error when it throws none */
export function refusal(act: () => unknown): { kind: DecisionFault; message: string } {
  try {
    act()
  } catch (error) {
    if (error instanceof DecisionError) return { kind: error.kind, message: error.message }
    throw error
  }
  throw new Error('expected a DecisionError')
}

/** Parses a body, in which subject types are those of the service. */
export const parse = (body: unknown) => parseDecisionRequest(body, TYPES)

/** A body with a rule in the request, overridden by `more`. */
export const onDemand = (more: Record<string, unknown>) => {
  const { decision_context: _, ...rest } = request()
  return { ...rest, rules: [{ type: 'PassingTestCaseRule', test_case_name: 't' }], ...more }
}

/** A body without some of its members. */
export const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(request()).filter(([name]) => !names.includes(name)))

/** A body with a list of subjects. */
export const bySubject = (subject: unknown) => ({ ...without('subject_type', 'subject_identifier'), subject })
