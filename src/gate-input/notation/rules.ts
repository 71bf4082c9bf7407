/** Reading one rule, in whichever notation, by the name of its kind (behaviour/greenwave 1.4). */

import {
  type Demand,
  type PassingTestCaseRule,
  type RemoteRule,
  type Rule,
  ruleOf,
} from '../../domain/gate/policy/rule.ts'
import { type Lookup, type Notation, optional, readAttributes, required } from './attributes.ts'

/** Kinds that are gone, and what to use instead. */
const OBSOLETE: ReadonlyMap<string, string> = new Map([
  ['PackageSpecificBuild', '!PackageSpecificBuild is obsolete. Please use the "packages" allowlist instead.'],
  ['FedoraAtomicCi', '!FedoraAtomicCi is obsolete. Please use the "packages" allowlist instead.'],
])

/** Reads the attributes of one rule; throws `DefinitionError`. */
export type RuleReader = <V>(notation: Notation<V>, lookup: Lookup<V>) => Rule
type DemandReader = <V>(notation: Notation<V>, lookup: Lookup<V>) => Demand

/** A new kind of rule is one more entry here. */
const READERS = {
  PassingTestCaseRule: readPassingTestCase,
  RemoteRule: readRemote,
} satisfies Record<Demand['kind'], DemandReader>

/** How rules of that kind are read; undefined when there is no such kind. */
export function ruleReader(kind: string): RuleReader | undefined {
  const read = Object.entries(READERS).find(([name]) => name === kind)?.[1]
  return read && ((notation, lookup) => ruleOf(read(notation, lookup)))
}

/** What to tell who still writes a kind that is gone; undefined for every other kind. */
export function obsoleteRule(kind: string): string | undefined {
  return OBSOLETE.get(kind)
}

function readPassingTestCase<V>(notation: Notation<V>, lookup: Lookup<V>): PassingTestCaseRule {
  const table = {
    test_case_name: required(notation.text),
    scenario: optional(notation.text, null),
    valid_since: optional(notation.instant, null),
    valid_until: optional(notation.instant, null),
  }
  const read = readAttributes(table, lookup)
  return {
    kind: 'PassingTestCaseRule',
    testCaseName: read.test_case_name,
    scenario: read.scenario,
    validSince: read.valid_since,
    validUntil: read.valid_until,
  }
}

function readRemote<V>(notation: Notation<V>, lookup: Lookup<V>): RemoteRule {
  const table = { sources: optional(notation.texts, []), required: optional(notation.boolean, false) }
  return { kind: 'RemoteRule', ...readAttributes(table, lookup) }
}
