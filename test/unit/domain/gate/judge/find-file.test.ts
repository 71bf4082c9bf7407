/** Where rule files are looked for: all places that may be needed are fetched together. */
import { expect, it } from 'vitest'
import { type BuildFact, NO_FACTS } from '../../../../../src/domain/gate/facts/facts.ts'
import { createMissingFacts } from '../../../../../src/domain/gate/facts/needs.ts'
import { findFile } from '../../../../../src/domain/gate/judge/find-file.ts'
import { subjectFromName } from '../../../../../src/gate-input/request/parse-subjects.ts'
import { NVR, policiesFrom, policyYaml, SETTINGS, TYPES } from '../../../../support/gate/builders.ts'

const subject = subjectFromName(TYPES, 'koji_build', NVR)
const FIRST = 'https://one.example.com/{subject_id}'
const FROM_BUILD = 'https://two.example.com/{pkg_name}/{rev}'
const LAST = 'https://three.example.com/{subject_id}'
const url = (template: string) => template.replace('{subject_id}', NVR)
const withSources = (sourceUrl: string | null): BuildFact => ({
  kind: 'found',
  build: { creationTime: null, sourceUrl },
})

/** The files and builds to fetch before anything is known of the file. */
function needsOf(build: BuildFact | null) {
  const sources = [FIRST, FROM_BUILD, LAST].map((source) => `"${source}"`)
  const [policy] = policiesFrom(policyYaml('p', [`!RemoteRule {sources: [${sources}]}`]))
  const [rule] = policy?.rules ?? []
  if (rule?.kind !== 'RemoteRule') throw new Error('expected a remote rule')
  const missing = createMissingFacts()
  const facts = { ...NO_FACTS, builds: new Map(build ? [[NVR, build]] : []) }
  expect(findFile(rule, subject, false, { facts, missing, settings: SETTINGS }).kind).toBe('pending')
  return missing.needs(null)
}

it.each<[string, BuildFact | null, string[]]>([
  ['past a place that the build does not have', withSources(null), [url(FIRST), url(LAST)]],
  [
    'with the place that the build names',
    withSources('git://h/rpms/glibc#abc'),
    [url(FIRST), 'https://two.example.com/glibc/abc', url(LAST)],
  ],
  ['up to a place that needs the build', null, [url(FIRST)]],
  ['up to a place that cannot be filled', withSources('no source'), [url(FIRST)]],
])('places are fetched together, %s', (_what, build, files) => {
  expect(needsOf(build)).toMatchObject({ files: [files], builds: [] })
})
