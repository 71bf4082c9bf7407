/** An index of policies, so that a decision looks only at those that may apply, and a message only at those that may name its test case. */
import { isNameOf, type SubjectType } from '../subject/subject-type.ts'
import { isWild } from './glob.ts'
import { contextsOf, type Policy, subjectTypesOf } from './policy.ts'

/** The part of a request that policies are compared with; an empty list of contexts matches every policy. */
export type PolicyScope = { contexts: readonly string[]; productVersion: string }

/** Policies in load order, and those of them that apply. */
export type PolicyIndex = {
  readonly all: readonly Policy[]
  /** The policies that apply to subjects of the type, in load order: those that `isApplicable` accepts. */
  applicable(scope: PolicyScope, type: SubjectType): readonly Policy[]
  /**
   * The policies for the type, in load order and whatever their context and version, that may demand the test case: by a rule, by a
   * rule file, or because they have no rules.
   */
  concerning(testCase: string, type: SubjectType): readonly Policy[]
}

/** Positions in load order; a version pattern with wildcards has to be compared with each version. */
type Positions = { byVersion: Map<string, number[]>; patterns: number[] }

/** The key of the policies that apply to every type. */
const EVERY_TYPE = ''
/** The key of the policies that may demand any test case. */
const EVERY_TEST_CASE = ''

/** Indexes policies once; what a lookup costs depends on how many policies share its context, type and version. */
export function indexPolicies(all: readonly Policy[]): PolicyIndex {
  const byContext = new Map<string, Map<string, Positions>>()
  const byTestCase = new Map<string, Map<string, number[]>>()
  for (const [position, policy] of all.entries()) {
    const names = namesOf(policy)
    for (const context of new Set(contextsOf(policy))) {
      const byType = entryOf(byContext, context, () => new Map<string, Positions>())
      for (const name of names) put(entryOf(byType, name, noPositions), policy, position)
    }
    for (const testCase of testCasesOf(policy)) {
      const byType = entryOf(byTestCase, testCase, () => new Map<string, number[]>())
      for (const name of names) entryOf(byType, name, () => []).push(position)
    }
  }

  const inLoadOrder = (positions: ReadonlySet<number>) =>
    [...positions].sort((left, right) => left - right).flatMap((position) => all[position] ?? []) // positions are those of `all`

  function candidates({ contexts, productVersion }: PolicyScope, type: SubjectType): readonly Policy[] {
    if (contexts.length === 0) return all
    const found = new Set<number>()
    for (const context of contexts) {
      for (const { byVersion, patterns } of ofType(byContext.get(context), type)) {
        for (const position of byVersion.get(productVersion) ?? []) found.add(position)
        for (const position of patterns) found.add(position)
      }
    }
    return inLoadOrder(found)
  }

  return {
    all,
    applicable: (scope, type) =>
      candidates(scope, type).filter((policy) => isApplicable(policy, scope, type)),
    concerning: (testCase, type) => {
      const found = [testCase, EVERY_TEST_CASE].flatMap((name) => ofType(byTestCase.get(name), type).flat())
      return inLoadOrder(new Set(found)).filter((policy) => isForType(policy, type))
    },
  }
}

/** Whether decision context, product version and subject type all match (behaviour/greenwave 1.5). */
export function isApplicable(policy: Policy, scope: PolicyScope, type: SubjectType): boolean {
  return isForContexts(policy, scope) && isForVersion(policy, scope) && isForType(policy, type)
}

/** Whether the policy is for one of the contexts. */
export function isForContexts(policy: Policy, { contexts }: Pick<PolicyScope, 'contexts'>): boolean {
  return contexts.length === 0 || contextsOf(policy).some((context) => contexts.includes(context))
}

/** Whether one of the policy's patterns matches the version. */
export function isForVersion({ productVersions }: Policy, { productVersion }: PolicyScope): boolean {
  return productVersions.matches(productVersion)
}

/** Whether the policy is for the type, by id or alias. */
export function isForType(policy: Policy, type: SubjectType): boolean {
  return isForEveryType(policy) || subjectTypesOf(policy).some((name) => isNameOf(type, name))
}

function isForEveryType({ kind, subjectType }: Policy): boolean {
  return kind === 'on-demand' || (kind === 'remote' && subjectType === '*')
}

/** What an index by type has for a type: under its names, and for every type. */
function ofType<V>(byType: ReadonlyMap<string, V> | undefined, { id, aliases }: SubjectType): V[] {
  return [EVERY_TYPE, id, ...aliases].flatMap((name) => {
    const entry = byType?.get(name)
    return entry === undefined ? [] : [entry]
  })
}

/** A policy without rules is satisfied by everything, and a rule file may have any rule. */
function testCasesOf({ rules }: Policy): Set<string> {
  if (rules.length === 0) return new Set([EVERY_TEST_CASE])
  return new Set(rules.map((rule) => (rule.kind === 'RemoteRule' ? EVERY_TEST_CASE : rule.testCaseName)))
}

function namesOf(policy: Policy): Set<string> {
  return new Set(isForEveryType(policy) ? [EVERY_TYPE] : subjectTypesOf(policy))
}

function put({ byVersion, patterns }: Positions, { productVersions }: Policy, position: number): void {
  if (productVersions.patterns.some(isWild)) patterns.push(position)
  for (const version of new Set(productVersions.patterns))
    if (!isWild(version)) entryOf(byVersion, version, () => []).push(position)
}

function noPositions(): Positions {
  return { byVersion: new Map(), patterns: [] }
}

function entryOf<V>(map: Map<string, V>, key: string, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = create()
  map.set(key, created)
  return created
}
