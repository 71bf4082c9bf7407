/**
 * A second, naive reading of docs/behaviour/greenwave.md 3 and 4: one subject after another, one query for each rule, no
 * sharing. It has only texts in common with the gate, so that a mistake in one reading makes them disagree.
 */
import type { TestResult, Waiver } from '../../../src/domain/gate/facts/facts.ts'
import {
  fileUrl,
  MADE,
  type PlainPolicy,
  type PlainRequest,
  type PlainRule,
  type PlainWorld,
} from './worlds.ts'

/** A subject, all names of its type, and the queries that find its results. */
export type NaiveSubject = {
  type: string
  names: string[]
  id: string
  skips: boolean
  queries: Record<string, string[]>[]
}
type NaiveAnswer = {
  json: Record<string, unknown>
  state: 'met' | 'unmet'
  test: boolean
  text: string
  subject: NaiveSubject
  waivable: string
  scenario: unknown
}

/** The answer, or the message of the 404. */
export function naiveDecision(world: PlainWorld, request: PlainRequest): Record<string, unknown> | string {
  const contexts = [request.decision_context].flat()
  const answers: NaiveAnswer[] = []
  const applicable: string[] = []
  const results: TestResult[] = []
  const subjects: NaiveSubject[] = []
  for (const subject of request.subject.map(subjectOf)) {
    const applying = world.policies.filter((policy) => appliesTo(policy, subject, request))
    if (applying.length === 0 && subject.skips) continue
    if (applying.length === 0) {
      const where = `at gating point(s) ${contexts.join(' ')} in ${request.product_version}`
      return `Found no applicable policies for ${subject.type} subjects ${where}`
    }
    subjects.push(subject)
    results.push(...retrieve(world, request, subject, null))
    applicable.push(...applying.map(({ id }) => id))
    answers.push(...judged(world, request, subject, applying))
  }
  const waivers = naiveWaivers(world, request)
  const final = answers.flatMap((answer) => waived(answer, waivers))
  const unmet = final.filter(({ state }) => state === 'unmet')
  const isOfSubjects = (waiver: Waiver) =>
    subjects.some(({ id, names }) => waiver.subjectIdentifier === id && names.includes(waiver.subjectType))
  return {
    policies_satisfied: unmet.length === 0,
    summary: summary(final, unmet),
    satisfied_requirements: final.filter(({ state }) => state === 'met').map(({ json }) => json),
    unsatisfied_requirements: unmet.map(({ json }) => json),
    applicable_policies: applicable,
    ...(request.verbose && {
      results: byId(results).map(({ raw }) => raw),
      waivers: waivers.filter(isOfSubjects).map(({ raw }) => raw),
    }),
  }
}

/** The answers for one subject. Details of invalid files are left out: they are the YAML parser's own. */
function judged(
  world: PlainWorld,
  request: PlainRequest,
  subject: NaiveSubject,
  applying: readonly PlainPolicy[],
): NaiveAnswer[] {
  const answers: NaiveAnswer[] = []
  const seen = new Set<string>()
  const note = (json: Record<string, unknown>, text = '') => {
    const state = text ? 'unmet' : 'met'
    answers.push({ json, state, test: false, text, subject, waivable: String(json['type']), scenario: null })
  }
  const check = (policy: PlainPolicy, source: string | null) => {
    if (isOneOf(policy.excluded, subject))
      return note({ type: 'excluded', subject_identifier: subject.id, policy: policy.id, source })
    if (!isChecked(policy, subject)) return
    for (const rule of policy.rules) {
      if (seen.has(keyOf(rule))) continue
      seen.add(keyOf(rule))
      if (rule.kind === 'test') answers.push(...testAnswers({ world, request, subject, rule, source }))
      else checkFile(rule)
    }
  }
  const checkFile = (rule: PlainRule & { kind: 'remote' }) => {
    const url = fileUrl(subject.id)
    const file = world.files[subject.id] ?? null
    const about = (type: string) => {
      return { type, testcase: type, subject_type: subject.type, subject_identifier: subject.id }
    }
    if (file === null) {
      const missing = { ...about('missing-gating-yaml'), scenario: null, sources: [url] }
      if (rule.required) note(missing, 'error{s} due to missing remote rule file')
      return
    }
    note({ ...about('fetched-gating-yaml'), source: url })
    if (file === 'invalid') {
      const invalid = { ...about('invalid-gating-yaml'), scenario: null, source: url }
      return note(invalid, 'error{s} due to invalid remote rule file')
    }
    const parents = applying.filter(
      (policy) =>
        isChecked(policy, subject) && policy.rules.some((candidate) => keyOf(candidate) === keyOf(rule)),
    )
    for (const policy of file) {
      const isUnder = parents.some((parent) => parent.contexts.some((name) => policy.contexts.includes(name)))
      if (isUnder && appliesTo(policy, subject, request)) check(policy, url)
    }
  }
  for (const policy of applying) check(policy, null)
  return answers
}

function keyOf(rule: PlainRule): string {
  return JSON.stringify(rule)
}

/** The subject that an entry of a request names. */
export function subjectOf(pairs: Record<string, string>): NaiveSubject {
  const build = (id: string): NaiveSubject => ({
    ...{ type: 'koji_build', names: ['koji_build', 'brew-build'], id, skips: false },
    queries: [{ item: [id], type: ['koji_build', 'brew-build'] }, { original_spec_nvr: [id] }],
  })
  const image = (id: string): NaiveSubject => ({
    ...{ type: 'redhat-container-image', names: ['redhat-container-image'], id, skips: false },
    queries: [
      { nvr: [id], type: ['redhat-container-image'] },
      { item: [id], type: ['koji_build'] },
    ],
  })
  const { type, item = '', original_spec_nvr: nvr, nvr: imageNvr } = pairs
  if (nvr && (!type || type === 'koji_build')) return build(nvr)
  if (imageNvr) return image(imageNvr)
  if (type === 'bodhi_update')
    return { type, names: [type], id: item, skips: true, queries: [{ item: [item], type: [type] }] }
  return build(item)
}

/** The name of the subject's package; null for updates. */
export function packageOf({ type, id }: NaiveSubject): string | null {
  return type === 'bodhi_update' ? null : id.replace(/-[^-]*-[^-]*$/, '')
}

/** Whether one of the patterns matches the name of the subject's package. */
export function isOneOf(patterns: readonly string[], subject: NaiveSubject): boolean {
  const name = packageOf(subject)
  return name !== null && patterns.some((pattern) => globs(pattern, name))
}

function isChecked({ excluded, packages }: PlainPolicy, subject: NaiveSubject): boolean {
  if (packageOf(subject) === null) return true
  return !isOneOf(excluded, subject) && (packages.length === 0 || isOneOf(packages, subject))
}

function appliesTo(policy: PlainPolicy, { names }: NaiveSubject, request: PlainRequest): boolean {
  return (
    policy.contexts.some((context) => [request.decision_context].flat().includes(context)) &&
    policy.versions.some((pattern) => globs(pattern, request.product_version)) &&
    policy.types.some((type) => names.includes(type))
  )
}

/** Whether a pattern with `*` matches. */
export function globs(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text)
}

/** The latest results of each query, one query after another; a result that two of them find counts once. */
function retrieve(
  { results }: PlainWorld,
  request: PlainRequest,
  { queries }: NaiveSubject,
  testCase: string | null,
): TestResult[] {
  const found = queries.flatMap((query) => {
    const matching = results.filter(
      (result) =>
        (testCase === null || result.testCase === testCase) &&
        Object.entries(query).every(([key, values]) =>
          result.data[key]?.some((value) => values.includes(value)),
        ),
    )
    const newest = matching.toSorted(
      (a, b) => b.submitTime.localeCompare(a.submitTime) || (b.id ?? 0) - (a.id ?? 0),
    )
    const kinds = newest.map(({ testCase: name, data }) => JSON.stringify([name, data['scenario'] ?? null]))
    return newest.filter((_result, index) => kinds.indexOf(kinds[index] ?? '') === index)
  })
  return byId(found).filter(({ id }) => !request.ignore_result.includes(id ?? 0))
}

function byId(results: readonly TestResult[]): TestResult[] {
  return results.filter(({ id }, index) => results.findIndex((result) => result.id === id) === index)
}

type CheckedTest = {
  world: PlainWorld
  request: PlainRequest
  subject: NaiveSubject
  rule: PlainRule & { kind: 'test' }
  /** The rule file that has the rule; null: a configured policy. */
  source: string | null
}

const KINDS: Record<string, [type: string, text: string]> = {
  PASSED: ['passed', ''],
  INFO: ['passed', ''],
  RUNNING: ['missing', 'test{s} incomplete'],
  ERROR: ['errored', 'test{s} errored'],
  FAILED: ['failed', 'test{s} failed'],
}

function testAnswers({ world, request, subject, rule, source }: CheckedTest): NaiveAnswer[] {
  const made = MADE[subject.id] ?? ''
  if ((rule.since !== null && made < rule.since) || (rule.until !== null && made >= rule.until)) return []
  const { name, scenario } = rule
  const item = { type: subject.type, item: subject.id }
  const about = { testcase: name, subject_type: subject.type, subject_identifier: subject.id, source }
  const found = retrieve(world, request, subject, name).filter(
    ({ data }) => scenario === null || data['scenario']?.includes(scenario),
  )
  if (found.length === 0) {
    const json = { type: 'test-result-missing', ...about, item, scenario }
    return [
      { json, state: 'unmet', test: true, text: 'result{s} missing', subject, waivable: name, scenario },
    ]
  }
  return found.map(({ id, outcome, data }) => {
    const [kind, text] = KINDS[outcome] ?? ['', '']
    const isPassed = kind === 'passed'
    const values = {
      scenario: data['scenario']?.[0] ?? null,
      system_architecture: null,
      system_variant: null,
    }
    const json = {
      ...{ type: `test-result-${kind}`, ...about, result_id: id, ...values },
      ...(!isPassed && { item }),
      ...(kind === 'errored' && { error_reason: null }),
    }
    const state = isPassed ? 'met' : 'unmet'
    return { json, state, test: true, text, subject, waivable: name, scenario: values.scenario }
  })
}

function naiveWaivers({ waivers }: PlainWorld, request: PlainRequest): Waiver[] {
  return waivers
    .filter(({ id, waived: isWaived }) => isWaived && !request.ignore_waiver.includes(id))
    .toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0) || b.id - a.id)
}

function waived(answer: NaiveAnswer, waivers: readonly Waiver[]): NaiveAnswer[] {
  const { json, state, test, subject, waivable, scenario } = answer
  if (state === 'met') return [answer]
  const waiver = waivers.find(
    (candidate) =>
      subject.names.includes(candidate.subjectType) &&
      candidate.subjectIdentifier === subject.id &&
      candidate.testCase === waivable &&
      (candidate.scenario === null || candidate.scenario === scenario),
  )
  if (!waiver) return [answer]
  const { item, ...rest } = json
  const type = `${json['type']}-waived`
  return test ? [{ ...answer, json: { ...rest, type, waiver_id: waiver.id }, state: 'met' }] : []
}

function summary(final: readonly NaiveAnswer[], unmet: readonly NaiveAnswer[]): string {
  const tests = final.filter(({ test }) => test).length
  const groups = (isTest: boolean) => {
    const texts = unmet.filter(({ test }) => test === isTest).map(({ text }) => text)
    return [...new Set(texts)].sort().map((text) => {
      const count = texts.filter((other) => other === text).length
      return `${count} ${text.replace('{s}', count === 1 ? '' : 's')}`
    })
  }
  const ofTests = groups(true).join(', ')
  const required = ofTests && `Of ${tests} required test${tests === 1 ? '' : 's'}, ${ofTests}`
  const parts = [groups(false).join(', '), required].filter(Boolean)
  if (parts.length > 0) return parts.join('. ')
  return tests > 0
    ? `All required tests (${tests} total) have passed or been waived`
    : 'No tests are required'
}
