/** Builders for the gate: policies from YAML, results and waivers, and outside services that answer every need from memory. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Decision } from '../../../src/domain/gate/decision.ts'
import { explain } from '../../../src/domain/gate/explain/explain.ts'
import type { Explanation } from '../../../src/domain/gate/explain/explanation.ts'
import {
  type BuildFact,
  type FileFact,
  joinFacts,
  NO_FACTS,
  type TestResult,
  type Waiver,
} from '../../../src/domain/gate/facts/facts.ts'
import type { Needs, WaiverFilter } from '../../../src/domain/gate/facts/needs.ts'
import { latest, matches } from '../../../src/domain/gate/facts/result-selection.ts'
import type { DecisionInput } from '../../../src/domain/gate/judge/round.ts'
import { nextStep } from '../../../src/domain/gate/next-step.ts'
import type { Policy } from '../../../src/domain/gate/policy/policy.ts'
import { indexPolicies } from '../../../src/domain/gate/policy/policy-index.ts'
import { DecisionError } from '../../../src/domain/gate/request/decision-error.ts'
import type { GateSettings } from '../../../src/domain/gate/request/settings.ts'
import { resultQueriesOf } from '../../../src/domain/gate/subject/subject.ts'
import { type SubjectTypes, subjectTypes } from '../../../src/domain/gate/subject/subject-type.ts'
import { readDefinitionFiles } from '../../../src/gate-input/policies/documents.ts'
import { readPolicies } from '../../../src/gate-input/policies/read-policies.ts'
import { readSubjectTypes } from '../../../src/gate-input/policies/read-subject-types.ts'
import { remoteFileFact } from '../../../src/gate-input/policies/rule-file.ts'
import { parseDecisionRequest } from '../../../src/gate-input/request/parse-request.ts'
import { readYaml } from '../../../src/lib/yaml/read.ts'
import { type DecisionJson, decisionJson } from '../../../src/present/gate/decision.ts'

export const KOJI_URL = 'http://koji.example/kojihub'
export const DISTINCT_ON = ['scenario', 'system_architecture', 'system_variant']
export const NVR = 'glibc-1.0-1.el7'
export const CRITICAL = ['dist.abicheck', 'dist.rpmdeplint', 'dist.upgradepath']
export const NO_TRIPLET = { scenario: null, system_architecture: null, system_variant: null }

export const SETTINGS: GateSettings = {
  outcomesPassed: new Set(['PASSED', 'INFO']),
  outcomesIncomplete: new Set(['QUEUED', 'RUNNING']),
  outcomesError: new Set(['ERROR']),
  distinctLatestResultsOn: DISTINCT_ON,
  remoteRulePolicies: new Map([
    [
      'brew-build-group',
      ['https://git.example.com/devops/greenwave-policies/side-tags/raw/master/{subject_id}.yaml'],
    ],
    ['*', ['https://src.fedoraproject.org/{pkg_namespace}{pkg_name}/raw/{rev}/f/gating.yaml']],
  ]),
  distGitUrlTemplate: null,
  maxSubjects: 50_000,
  kojiBaseUrl: KOJI_URL,
  onDemandSourceHosts: new Set(['src.fedoraproject.org']),
}

/** The policies of a YAML text. @throws DefinitionError for the first fault, which fails the test */
export function policiesFrom(yaml: string, kind: 'configured' | 'remote' = 'configured'): Policy[] {
  const file = kind === 'configured' ? 'policies.yaml' : null
  const { read, problems } = readPolicies(readYaml(yaml), kind, file)
  if (problems[0]) throw problems[0]
  return [...read]
}

/** The texts of all faults of a YAML text with policies, in order. */
export function problemsOf(yaml: string, kind: 'configured' | 'remote' = 'configured'): string[] {
  return readPolicies(readYaml(yaml), kind).problems.map(({ message }) => message)
}

function shipped<T>(folder: string, read: Parameters<typeof readDefinitionFiles<T>>[1]): T[] {
  const files = readdirSync(folder).map((name) => ({
    name,
    stream: readYaml(readFileSync(`${folder}/${name}`)),
  }))
  const found = readDefinitionFiles(files, read)
  if (found.problems.length > 0) throw new Error(found.problems.join('\n'))
  return [...found.read]
}

export const POLICIES: readonly Policy[] = shipped('conf/policies', (stream, file) =>
  readPolicies(stream, 'configured', file),
)
export const TYPES: SubjectTypes = subjectTypes(shipped('conf/subject-types', readSubjectTypes))

/** The YAML of a policy with these rules, for the decision context `c`; `attributes` adds or replaces attributes. */
export function policyYaml(id: string, rules: string[], attributes: Record<string, string> = {}): string {
  const fields = {
    product_versions: '[fedora-26]',
    decision_context: 'c',
    subject_type: 'koji_build',
    ...attributes,
  }
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}`)
  return [`--- !Policy`, `id: ${id}`, ...lines, `rules: [${rules.join(', ')}]`, ''].join('\n')
}

/** The YAML of a `PassingTestCaseRule`; `attributes` is the text of further attributes. */
export function test(name: string, attributes = ''): string {
  return `!PassingTestCaseRule {test_case_name: ${name}${attributes && `, ${attributes}`}}`
}

type ResultOptions = {
  id?: number
  nvr?: string
  type?: string
  key?: string
  scenario?: string
  at?: string
  data?: Record<string, string[]>
}

let lastId = 100

/** A result of the subject `NVR` as the results database stores it; each is newer than all earlier ones. */
export function result(testCase: string, outcome: string, options: ResultOptions = {}): TestResult {
  const { id = ++lastId, nvr = NVR, type = 'koji_build', key = 'item', scenario } = options
  const submitTime = options.at ?? `2021-05-01T00:00:00.${String(id).padStart(6, '0')}`
  const data = { [key]: [nvr], type: [type], ...(scenario && { scenario: [scenario] }), ...options.data }
  const raw = { id, testcase: { name: testCase }, outcome, submit_time: submitTime, data }
  return { id, testCase, outcome, submitTime, data, errorReason: null, fault: null, raw }
}

/** A waiver for the subject `NVR`. */
export function waiver(testCase: string, fields: Partial<Waiver> = {}): Waiver {
  const about = { subjectType: 'koji_build', subjectIdentifier: NVR, testCase, scenario: null }
  const kind = { productVersion: 'fedora-26', waived: true, createdAt: null }
  const complete = { id: ++lastId, ...about, ...kind, ...fields }
  const { id, productVersion } = complete
  return { ...complete, raw: { id, testcase: testCase, product_version: productVersion } }
}

/** The content of the outside services. */
export type Outside = {
  results?: readonly TestResult[]
  waivers?: readonly Waiver[]
  builds?: Record<string, BuildFact>
  /** Texts by URL; all other files are absent. */
  files?: Record<string, string | FileFact>
}

export type Overrides = {
  policies?: readonly Policy[]
  settings?: GateSettings
  now?: number
  types?: SubjectTypes
}

/** Runs all rounds of a decision; returns it with the needs of each round. */
export function rounds(
  body: unknown,
  outside: Outside = {},
  overrides: Overrides = {},
): { decision: Decision; rounds: Needs[] } {
  const input = inputOf(body, overrides)
  const steps: Needs[] = []
  let facts = NO_FACTS
  for (;;) {
    const step = nextStep(input, facts)
    if (step.kind === 'decision') return { decision: step.decision, rounds: steps }
    if (steps.length > 8) throw new Error('the rounds do not end')
    steps.push(step.needs)
    facts = joinFacts(facts, answer(step.needs, outside))
  }
}

function inputOf(body: unknown, overrides: Overrides): DecisionInput {
  const {
    policies = POLICIES,
    settings = SETTINGS,
    now = Date.parse('2024-01-01'),
    types = TYPES,
  } = overrides
  return { request: parseDecisionRequest(body, types), policies: indexPolicies(policies), settings, now }
}

/** The explanation of a request, and its decision; null when no decision can be made. */
export function explained(
  body: object,
  outside: Outside = {},
  overrides: Overrides = {},
): { explanation: Explanation; decision: Decision | null } {
  const input = inputOf({ ...body, explain: true }, overrides)
  let facts = NO_FACTS
  try {
    for (;;) {
      const step = nextStep(input, facts)
      if (step.kind === 'decision') return { explanation: explain(input, facts), decision: step.decision }
      facts = joinFacts(facts, answer(step.needs, outside))
    }
  } catch (error) {
    if (error instanceof DecisionError) return { explanation: explain(input, facts), decision: null }
    throw error
  }
}

/** The decision as JSON. */
export function decide(body: unknown, outside: Outside = {}, overrides: Overrides = {}): DecisionJson {
  return decisionJson(
    rounds(body, outside, overrides).decision,
    (overrides.settings ?? SETTINGS).distinctLatestResultsOn,
  )
}

/** A request about `NVR` in the decision context of the critical tests. */
export function request(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    decision_context: 'bodhi_update_push_stable',
    product_version: 'fedora-26',
    subject_type: 'koji_build',
    subject_identifier: NVR,
    ...fields,
  }
}

/** The facts that the outside services return for these needs. */
export function answer(needs: Needs, outside: Outside) {
  const until = needs.since?.split(',')[1] ?? '9'
  const stored = (outside.results ?? []).filter(({ submitTime }) => submitTime <= until)
  return {
    results: needs.results.map((need) => {
      const isWanted = ({ testCase, fault }: TestResult) =>
        need.testCases === 'all' || need.testCases.includes(testCase) || fault?.unknown.has('testCase')
      const queries = resultQueriesOf(need.subject)
      const foundBy = (query: (typeof queries)[number]) =>
        stored.filter((item) => isWanted(item) && (item.fault?.unknown.has('data') || matches(item, query)))
      return { need, results: queries.flatMap((query) => latest(foundBy(query), DISTINCT_ON)) }
    }),
    builds: new Map(needs.builds.map((nvr) => [nvr, outside.builds?.[nvr] ?? { kind: 'absent' as const }])),
    files: new Map(needs.files.flatMap((places) => firstFile(places, outside))),
    waivers: needs.waivers.length === 0 ? null : (outside.waivers ?? []).filter(isFilteredBy(needs.waivers)),
  }
}

function firstFile(places: readonly string[], { files }: Outside): [string, FileFact][] {
  const facts = places.map((url): [string, FileFact] => [url, fileFact(files?.[url])])
  const found = facts.findIndex(([, { kind }]) => kind !== 'absent')
  return found < 0 ? facts : facts.slice(0, found + 1)
}

function fileFact(file: string | FileFact | undefined): FileFact {
  if (file === undefined) return { kind: 'absent' }
  return typeof file === 'string' ? remoteFileFact(readYaml(file)) : file
}

/** The waiver service accepts only the canonical name of builds, but also finds waivers under the alias. */
function isFilteredBy(filters: readonly WaiverFilter[]) {
  return (waiver: Waiver) =>
    filters.some(
      ({ subjectType, subjectIdentifier, testCase }) =>
        (waiver.subjectType === subjectType ||
          (waiver.subjectType === 'brew-build' && subjectType === 'koji_build')) &&
        waiver.subjectIdentifier === subjectIdentifier &&
        (testCase === null || testCase === waiver.testCase),
    )
}

/** A text as the body of a request. */
export function bytes(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer
}
