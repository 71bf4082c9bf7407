/** Reads one rule, in any notation, by the name of its kind (behaviour/greenwave 1.4). */

import {
  type Demand,
  type PassingTestCaseRule,
  type RemoteRule,
  type Rule,
  ruleOf,
} from '../../domain/gate/policy/rule.ts'
import { type Lookup, type Notation, optional, readAttributes, required } from './attributes.ts'

/** Kinds that no longer exist, with the text that names the replacement. */
const OBSOLETE: ReadonlyMap<string, string> = new Map([
  ['PackageSpecificBuild', '!PackageSpecificBuild is obsolete. Please use the "packages" allowlist instead.'],
  ['FedoraAtomicCi', '!FedoraAtomicCi is obsolete. Please use the "packages" allowlist instead.'],
])

/** Reads the attributes of one rule; throws `DefinitionError`. */
export type RuleReader = <V>(notation: Notation<V>, lookup: Lookup<V>) => Rule
type DemandReader = <V>(notation: Notation<V>, lookup: Lookup<V>) => Demand

/** To add a kind of rule, add an entry here. */
const READERS = {
  PassingTestCaseRule: readPassingTestCase,
  RemoteRule: readRemote,
} satisfies Record<Demand['kind'], DemandReader>

/** The reader of rules of that kind; undefined for an unknown kind. */
export function ruleReader(kind: string): RuleReader | undefined {
  const read = Object.entries(READERS).find(([name]) => name === kind)?.[1]
  return read && ((notation, lookup) => ruleOf(read(notation, lookup)))
}

/** The error text for a kind that no longer exists; undefined for every other kind. */
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
