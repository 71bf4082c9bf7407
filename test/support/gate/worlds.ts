/** Random worlds of the gate: policies, rule files, results and waivers of few subjects, and requests that name them in many ways. */
import fc from 'fast-check'
import { result, waiver } from './builders.ts'

/** A rule as plain data; times are ISO texts. */
export type PlainRule =
  | { kind: 'test'; name: string; scenario: string | null; since: string | null; until: string | null }
  | { kind: 'remote'; required: boolean }

/** A policy as plain data. */
export type PlainPolicy = {
  id: string
  versions: string[]
  contexts: string[]
  types: string[]
  excluded: string[]
  packages: string[]
  rules: PlainRule[]
}

/** The content of a rule file: its policies, or invalid text; null: the file does not exist. */
export type PlainFile = PlainPolicy[] | 'invalid' | null

/** A whole world; the file of an NVR is at `fileUrl(nvr)`. */
export type PlainWorld = {
  policies: PlainPolicy[]
  files: Record<string, PlainFile>
  results: ReturnType<typeof result>[]
  waivers: ReturnType<typeof waiver>[]
}

export const NVRS = ['a-1-1', 'b-1-1', 'c-1-1']
/** When each build was made. */
export const MADE: Record<string, string> = {
  'a-1-1': '2020-01-01',
  'b-1-1': '2022-01-01',
  'c-1-1': '2022-01-01',
}
const TESTS = ['t1', 't2', 't3']
const CONTEXTS = ['c', 'd']
const VERSIONS = ['fedora-26', 'fedora-*', 'fedora-27']
const TYPES = ['koji_build', 'brew-build', 'redhat-container-image', 'bodhi_update']
const OUTCOMES = ['PASSED', 'INFO', 'FAILED', 'ERROR', 'RUNNING']

/** The place of the rule file of a build. */
export function fileUrl(nvr: string): string {
  return `https://src.fedoraproject.org/rpms/${nvr}/raw/r/f/gating.yaml`
}

const some = <T>(values: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
const few = <T>(values: readonly T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: some(values) })
const nvr = fc.constantFrom(...NVRS)
const testCase = fc.constantFrom(...TESTS)
const scenario = fc.option(fc.constantFrom('s1', 's2'), { freq: 2 })
const limit = fc.option(fc.constantFrom('2019-01-01', '2021-01-01', '2022-01-01', '2023-01-01'), { freq: 2 })

const testRule = fc.record({
  kind: fc.constant('test' as const),
  name: testCase,
  scenario,
  since: limit,
  until: limit,
})
const remoteRule = fc.record({ kind: fc.constant('remote' as const), required: fc.boolean() })

const policy = (rule: fc.Arbitrary<PlainRule>): fc.Arbitrary<PlainPolicy> =>
  fc.record({
    id: fc.constantFrom('p', 'q', 'r'),
    versions: some(VERSIONS),
    contexts: some(CONTEXTS),
    types: fc.oneof(fc.constant(TYPES.filter((type) => !type.startsWith('b'))), some(TYPES)),
    excluded: few(['a', 'b*', '*']),
    packages: few(['a', 'b', '[bc]']),
    rules: fc.array(rule, { maxLength: 3 }),
  })
const serverRule = fc.oneof<fc.Arbitrary<PlainRule>[]>(testRule, testRule, remoteRule)
const file: fc.Arbitrary<PlainFile> = fc.oneof(
  fc.array(policy(testRule), { maxLength: 3 }),
  fc.constant('invalid' as const),
  fc.constant(null),
)

const keyOfType = [
  { item: 'item', type: 'koji_build' },
  { item: 'item', type: 'brew-build' },
  { item: 'original_spec_nvr', type: 'koji_build' },
  { item: 'nvr', type: 'redhat-container-image' },
  { item: 'item', type: 'bodhi_update' },
]
const second = fc.nat(3)
const at = (value: number) => `2021-05-01T00:00:0${value}`

const anyResults = fc
  .array(
    fc.record({
      testCase,
      nvr,
      outcome: fc.constantFrom(...OUTCOMES),
      key: fc.constantFrom(...keyOfType),
      scenario,
      second,
    }),
    { maxLength: 12 },
  )
  .map((rows) =>
    rows.map((row, index) =>
      result(row.testCase, row.outcome, {
        ...{ id: index + 1, nvr: row.nvr, key: row.key.item, type: row.key.type, at: at(row.second) },
        ...(row.scenario !== null && { scenario: row.scenario }),
      }),
    ),
  )

const anyWaivers = fc
  .array(
    fc.record({
      testCase: fc.constantFrom(...TESTS, 'missing-gating-yaml', 'invalid-gating-yaml'),
      nvr,
      type: fc.constantFrom(...TYPES),
      scenario,
      second,
      waived: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((rows) =>
    rows.map((row, index) =>
      waiver(row.testCase, {
        ...{ id: index + 1, subjectIdentifier: row.nvr, subjectType: row.type },
        ...{ scenario: row.scenario, waived: row.waived, createdAt: Date.parse(`${at(row.second)}Z`) },
      }),
    ),
  )

/** Few names, so that rules, results and waivers often refer to the same test case. */
export const plainWorld: fc.Arbitrary<PlainWorld> = fc.record({
  policies: fc.array(policy(serverRule), { maxLength: 5 }),
  files: fc.record(Object.fromEntries(NVRS.map((name) => [name, file]))),
  results: anyResults,
  waivers: anyWaivers,
})

/** One way to name a subject in a request. */
const NAMED: readonly ((item: string) => Record<string, string>)[] = [
  (item) => ({ type: 'koji_build', item }),
  (item) => ({ type: 'brew-build', item }),
  (item) => ({ original_spec_nvr: item }),
  (item) => ({ type: 'koji_build', original_spec_nvr: item, item: 'unused-1-1' }),
  (item) => ({ nvr: item }),
  (item) => ({ type: 'bodhi_update', item }),
]

/** A request for decisions on builds, which often contains the same build under several names. */
export const plainRequest = fc.record({
  product_version: fc.constant('fedora-26'),
  decision_context: fc.constantFrom('c', ['c'], ['c', 'd'], ['d', 'e']),
  subject: fc.array(
    fc.tuple(nvr, fc.constantFrom(...NAMED)).map(([name, named]) => named(name)),
    { minLength: 1, maxLength: 5 },
  ),
  verbose: fc.boolean(),
  ignore_result: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 2 }),
  ignore_waiver: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
})

/** A request of this kind. */
export type PlainRequest = typeof plainRequest extends fc.Arbitrary<infer T> ? T : never

/** The policies as the text of a YAML file. */
export function yamlOf(policies: readonly PlainPolicy[]): string {
  return policies
    .map(({ id, versions, contexts, types, excluded, packages, rules }) =>
      [
        `--- !Policy`,
        `id: ${id}`,
        `product_versions: ${JSON.stringify(versions)}`,
        `decision_contexts: ${JSON.stringify(contexts)}`,
        `subject_types: ${JSON.stringify(types)}`,
        `excluded_packages: ${JSON.stringify(excluded)}`,
        `packages: ${JSON.stringify(packages)}`,
        `rules:${rules.length === 0 ? ' []' : ''}`,
        ...rules.map((rule) => `  - ${ruleYaml(rule)}`),
        '',
      ].join('\n'),
    )
    .join('')
}

function ruleYaml(rule: PlainRule): string {
  if (rule.kind === 'remote') return `!RemoteRule {required: ${rule.required}}`
  const { name, scenario: text, since, until } = rule
  const fields = { test_case_name: name, scenario: text, valid_since: since, valid_until: until }
  const set = Object.entries(fields).filter(([, value]) => value !== null)
  return `!PassingTestCaseRule {${set.map(([key, value]) => `${key}: ${value}`).join(', ')}}`
}

/** The content of the outside services, as `decide` of the builders takes it. */
export function outsideOf({ files, results, waivers }: PlainWorld) {
  const textOf = (content: PlainPolicy[] | 'invalid') => (content === 'invalid' ? 'a: b: c' : yamlOf(content))
  const texts = Object.entries(files).flatMap(([name, content]) =>
    content === null ? [] : [[fileUrl(name), textOf(content)] as const],
  )
  const builds = NVRS.map((name) => {
    const creationTime = Date.parse(MADE[name] ?? '')
    return [
      name,
      { kind: 'found' as const, build: { creationTime, sourceUrl: `git://h/rpms/${name}#r` } },
    ] as const
  })
  return {
    results,
    waivers,
    files: Object.fromEntries(texts),
    builds: Object.fromEntries(builds),
  }
}
