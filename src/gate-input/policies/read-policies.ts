/** Reads policies from YAML: the server's files, and rule files in the repositories of packages (behaviour/greenwave 1). */
import type { Policy, PolicyPlace } from '../../domain/gate/policy/policy.ts'
import { repr } from '../../domain/python/text.ts'
import type { YamlNode, YamlStream } from '../../lib/yaml/node.ts'
import { type Lookup, optional, policyOf, readAttributes, required } from '../notation/attributes.ts'
import { DefinitionError, labelled } from '../notation/error.ts'
import { rootLookup, YAML_NOTATION } from '../notation/yaml.ts'
import { type DocumentsRead, readDocuments } from './documents.ts'

/**
 * Reads every document; remote policies have more optional attributes, and must not refer to further rule files. `file`: the
 * name of the server's file; null for a rule file.
 */
export function readPolicies(
  stream: YamlStream,
  kind: 'configured' | 'remote',
  file: string | null = null,
): DocumentsRead<Policy> {
  return readDocuments(stream, (document) => {
    const lookup = rootLookup(document, '!Policy')
    const place = { file, line: document.place.line }
    return labelled(labelOf(lookup), () => validate(READERS[kind](lookup, place)), document.place)
  })
}

/** A policy without a readable id is `untitled`. */
function labelOf(lookup: Lookup<YamlNode>): string {
  const id = lookup('id')
  const text = id?.kind === 'scalar' ? YAML_NOTATION.text(id) : null
  return `Policy ${repr(text || 'untitled')}`
}

const { text, texts, rules } = YAML_NOTATION

// The order of these tables decides which of several faults is reported.
const CONFIGURED = {
  id: required(text),
  product_versions: required(texts),
  decision_context: optional(text, null),
  decision_contexts: optional(texts, []),
  subject_type: optional(text, null),
  subject_types: optional(texts, []),
  rules: required(rules),
  excluded_packages: optional(texts, []),
  packages: optional(texts, []),
  relevance_key: optional(text, null),
  relevance_value: optional(text, null),
}
const REMOTE = {
  id: optional(text, null),
  product_versions: optional(texts, ['*']),
  subject_type: optional(text, null),
  subject_types: optional(texts, []),
  decision_context: optional(text, null),
  decision_contexts: optional(texts, []),
  rules: required(rules),
  excluded_packages: optional(texts, []),
  packages: optional(texts, []),
}

const READERS = {
  configured: (lookup: Lookup<YamlNode>, place: PolicyPlace): Policy =>
    policyOf('configured', readAttributes(CONFIGURED, lookup), place),
  remote: (lookup: Lookup<YamlNode>, place: PolicyPlace): Policy => {
    const read = readAttributes(REMOTE, lookup)
    const anyType = read.subject_type === null && read.subject_types.length === 0
    return policyOf('remote', anyType ? { ...read, subject_type: '*' } : read, place)
  },
}

/** What makes a policy invalid although each attribute is valid; the first match is reported. */
const FAULTS: readonly [message: string, isFaulty: (policy: Policy) => boolean][] = [
  [
    'RemoteRule is not allowed in remote policies',
    ({ kind, rules }) => kind === 'remote' && rules.some((rule) => rule.kind === 'RemoteRule'),
  ],
  [
    'No subject types provided',
    ({ subjectType, subjectTypes }) => subjectType === null && isEmpty(subjectTypes),
  ],
  [
    'Both properties "subject_types" and "subject_type" were set',
    ({ subjectType, subjectTypes }) => subjectType !== null && !isEmpty(subjectTypes),
  ],
  [
    'No decision contexts provided',
    ({ decisionContext, decisionContexts }) => !decisionContext && isEmpty(decisionContexts),
  ],
  [
    'Both properties "decision_contexts" and "decision_context" were set',
    ({ decisionContext, decisionContexts }) => Boolean(decisionContext) && !isEmpty(decisionContexts),
  ],
]

function validate(policy: Policy): Policy {
  const fault = FAULTS.find(([, isFaulty]) => isFaulty(policy))
  if (fault) throw new DefinitionError(fault[0])
  return policy
}

function isEmpty(list: readonly unknown[]): boolean {
  return list.length === 0
}
