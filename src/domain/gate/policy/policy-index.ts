/** An index of policies by decision context, subject type and product version, so that a decision looks only at those that may apply. */
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
}

/** Positions in load order; a version pattern with wildcards has to be compared with each version. */
type Positions = { byVersion: Map<string, number[]>; patterns: number[] }

/** Under this name are the policies that are for every type. */
const EVERY_TYPE = ''

/** Indexes policies once; what a look-up costs depends on how many policies share its context, type and version. */
export function indexPolicies(all: readonly Policy[]): PolicyIndex {
  const byContext = new Map<string, Map<string, Positions>>()
  for (const [position, policy] of all.entries()) {
    for (const context of new Set(contextsOf(policy))) {
      const byType = entryOf(byContext, context, () => new Map<string, Positions>())
      for (const name of namesOf(policy)) put(entryOf(byType, name, noPositions), policy, position)
    }
  }

  function candidates({ contexts, productVersion }: PolicyScope, { id, aliases }: SubjectType): number[] {
    const found = new Set<number>()
    for (const context of contexts) {
      const byType = byContext.get(context)
      if (!byType) continue
      for (const name of [EVERY_TYPE, id, ...aliases]) {
        const positions = byType.get(name)
        for (const position of positions?.byVersion.get(productVersion) ?? []) found.add(position)
        for (const position of positions?.patterns ?? []) found.add(position)
      }
    }
    return [...found].sort((left, right) => left - right)
  }

  return {
    all,
    applicable: (scope, type) => {
      const possible =
        scope.contexts.length === 0 ? all : candidates(scope, type).flatMap((position) => all[position] ?? []) // positions are those of `all`
      return possible.filter((policy) => isApplicable(policy, scope, type))
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
