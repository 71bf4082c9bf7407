/** The summary sentence of a decision, identical to Greenwave's because programs parse it (behaviour/greenwave 3.11). */
import { type Answer, type AnswerKind, isSatisfied, MEANINGS } from './answer.ts'

type Text = (count: number) => string

// In the order in which the sentence lists them.
const FILE_FAULTS: readonly [AnswerKind, Text][] = [
  ['file-invalid', (count) => `error${s(count)} due to invalid remote rule file`],
  ['file-missing', (count) => `error${s(count)} due to missing remote rule file`],
  ['file-failed', (count) => `error${s(count)} while trying to fetch remote rule file`],
]
const TEST_FAULTS: readonly [AnswerKind, Text][] = [
  ['missing', (count) => `result${s(count)} missing`],
  ['errored', (count) => `test${s(count)} errored`],
  ['failed', (count) => `test${s(count)} failed`],
  ['incomplete', (count) => `test${s(count)} incomplete`],
]

/** Summarizes the answers that remain after waiving. */
export function summarize(answers: readonly Answer[]): string {
  const tests = answers.filter((answer) => MEANINGS[answer.kind].isTest).length
  const unmet = answers.filter((answer) => !isSatisfied(answer))
  const ofFiles = counted(unmet, FILE_FAULTS)
  const ofTests = counted(unmet, TEST_FAULTS)
  const required = ofTests && `Of ${tests} required test${s(tests)}, ${ofTests}`
  const faults = [ofFiles, required].filter((part) => part !== '')
  if (faults.length > 0) return faults.join('. ')
  return tests > 0
    ? `All required tests (${tests} total) have passed or been waived`
    : 'No tests are required'
}

function counted(unmet: readonly Answer[], faults: readonly [AnswerKind, Text][]): string {
  const parts = faults.flatMap(([kind, text]) => {
    const count = unmet.filter((answer) => answer.kind === kind).length
    return count > 0 ? [`${count} ${text(count)}`] : []
  })
  return parts.join(', ')
}

function s(count: number): string {
  return count === 1 ? '' : 's'
}
