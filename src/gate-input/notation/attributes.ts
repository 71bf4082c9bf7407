/** Reads the attributes of a definition in any notation, in the order in which its table lists them. */
import { globs } from '../../domain/gate/policy/glob.ts'
import type { Policy, PolicyKind, PolicyPlace } from '../../domain/gate/policy/policy.ts'
import type { Instant, Rule } from '../../domain/gate/policy/rule.ts'
import { DefinitionError, labelled } from './error.ts'

/** How to read one notation (YAML nodes, JSON values); every reader throws `DefinitionError`, null means "not set". */
export type Notation<V> = {
  text: (value: V) => string | null
  texts: (value: V) => readonly string[]
  boolean: (value: V) => boolean
  instant: (value: V) => Instant
  rules: (value: V) => readonly Rule[]
}

/** How to read an attribute, and its default; `otherwise` null: the attribute is required. */
export type Attribute<V, T> = { read: (value: V) => T | null; otherwise: { value: T } | null }

/** Looks up an attribute by name; undefined: the definition does not have it. */
export type Lookup<V> = (name: string) => V | undefined

type Values<S> = { [Name in keyof S]: S[Name] extends Attribute<never, infer T> ? T : never }

/** An attribute that must be set. */
export function required<V, T>(read: (value: V) => T | null): Attribute<V, T> {
  return { read, otherwise: null }
}

/** An attribute with a default. */
export function optional<V, T>(read: (value: V) => T | null, otherwise: T): Attribute<V, T> {
  return { read, otherwise: { value: otherwise } }
}

/** The values of all attributes of the table. @throws DefinitionError that names the first invalid one */
export function readAttributes<V, S extends Record<string, Attribute<V, unknown>>>(
  table: S,
  lookup: Lookup<V>,
): Values<S> {
  const values = Object.entries(table).map(([name, attribute]) => [
    name,
    readOne(name, attribute, lookup(name)),
  ])
  return Object.fromEntries(values) as Values<S> // has exactly the keys of the table
}

function readOne<V, T>(name: string, attribute: Attribute<V, T>, value: V | undefined): T {
  const read = value === undefined ? null : labelled(`Attribute '${name}'`, () => attribute.read(value))
  if (read !== null) return read
  if (!attribute.otherwise) throw new DefinitionError(`Attribute '${name}' is required`)
  return attribute.otherwise.value
}

/** The attributes of behaviour/greenwave 1.2. */
export type PolicyAttributes = {
  id: string | null
  product_versions: readonly string[]
  decision_context: string | null
  decision_contexts: readonly string[]
  subject_type: string | null
  subject_types: readonly string[]
  rules: readonly Rule[]
  excluded_packages: readonly string[]
  packages: readonly string[]
  relevance_key?: string | null
  relevance_value?: string | null
}

/** Makes a policy of its attributes, with compiled patterns. `place`: null for the rules of a request. */
export function policyOf(kind: PolicyKind, attributes: PolicyAttributes, place: PolicyPlace | null): Policy {
  return {
    kind,
    id: attributes.id,
    productVersions: globs(attributes.product_versions),
    decisionContext: attributes.decision_context,
    decisionContexts: attributes.decision_contexts,
    subjectType: attributes.subject_type,
    subjectTypes: attributes.subject_types,
    rules: attributes.rules,
    excludedPackages: globs(attributes.excluded_packages),
    packages: globs(attributes.packages),
    relevanceKey: attributes.relevance_key ?? null,
    relevanceValue: attributes.relevance_value ?? null,
    place,
  }
}
