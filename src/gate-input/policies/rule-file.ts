/** Reads the rule file of a package: as a fact for a decision, and for its author's check (behaviour/greenwave 4.5, 4.8). */
import type { FileFact } from '../../domain/gate/facts/facts.ts'
import { contextsOf, type Policy } from '../../domain/gate/policy/policy.ts'
import type { YamlStream } from '../../lib/yaml/node.ts'
import { readPolicies } from './read-policies.ts'

/** The fact for a fetched file. */
export function remoteFileFact(stream: YamlStream): FileFact {
  const { read, problems } = readPolicies(stream, 'remote')
  const [problem] = problems
  return problem ? { kind: 'invalid', details: problem.message } : { kind: 'policies', policies: read }
}

/** Checks a file before it is committed. A decision context without a server policy is reported, but is not an error. */
export function validateRemoteFile(
  stream: YamlStream,
  configured: readonly Policy[],
): { isValid: boolean; message: string } {
  const { read, problems } = readPolicies(stream, 'remote')
  const [problem] = problems
  if (problem) return { isValid: false, message: problem.message }
  if (read.length === 0) return { isValid: false, message: 'No policies defined' }
  const known = new Set(configured.flatMap(contextsOf))
  const orphans = [...new Set(read.flatMap(contextsOf))].filter((context) => !known.has(context))
  return { isValid: true, message: orphans.length === 0 ? 'All OK' : orphanText(orphans.sort()) }
}

function orphanText(contexts: readonly string[]): string {
  return `Greenwave could not find a parent policy(ies) for following decision context(s): ${contexts.join(', ')}. Please change your policy so that it will match a decision context in the parent policies.`
}
