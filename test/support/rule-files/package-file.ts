/** The rule file of a package, its build, and policies that refer to the file. */
import type { BuildFact } from '../../../src/domain/gate/facts/facts.ts'
import { DecisionError } from '../../../src/domain/gate/request/decision-error.ts'
import { type Outside, policiesFrom, policyYaml, request, test as rule } from '../gate/builders.ts'

/** The build whose package has the file. */
export const BUILD = 'nethack-1.2.3-1.el9000'

/** The place of the file for the source of the build. */
export const URL_OF_FILE = 'https://src.fedoraproject.org/rpms/nethack/raw/c3c4/f/gating.yaml'

/** The build as the subject of a request. */
export const subject = { subject_type: 'koji_build', subject_identifier: BUILD }

/** A request for a decision about the build. */
export const body = request({ ...subject, decision_context: 'c' })

/** The text of a file that demands one test. */
export const FILE = policyYaml('of-the-package', [rule('dist.upgradepath')])

/** A policy that refers to the file. */
export const RULE = policiesFrom(policyYaml('p', ['!RemoteRule {}']))

/** A policy that requires the file. */
export const REQUIRED = policiesFrom(policyYaml('p', ['!RemoteRule {required: true}']))

/** The answer of a decision that has found the file. */
export const fetched = {
  type: 'fetched-gating-yaml',
  testcase: 'fetched-gating-yaml',
  ...subject,
  source: URL_OF_FILE,
}

/** The build, made from this source; null: it has none. */
export function builtFrom(sourceUrl: string | null): Record<string, BuildFact> {
  return { [BUILD]: { kind: 'found', build: { creationTime: null, sourceUrl } } }
}

/** The build, made from the source of the package. */
export const BUILDS = builtFrom('git+https://src.fedoraproject.org/rpms/nethack.git#c3c4')

/** The build and its file with this text. */
export const withFile = (text: string, more: Outside = {}): Outside => ({
  builds: BUILDS,
  files: { [URL_OF_FILE]: text },
  ...more,
})

/** A policy that looks for the file at these places. */
export const ofSources = (...sources: string[]) =>
  policiesFrom(policyYaml('p', [`!RemoteRule {sources: [${sources}]}`]))

/** The error instead of a decision, as `kind: message`. */
export function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof DecisionError) return `${error.kind}: ${error.message}`
    throw error
  }
  throw new Error('expected a DecisionError')
}
