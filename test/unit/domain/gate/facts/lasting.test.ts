/** Checks which facts make a decision depend on the time at which it is made, or let it change without a message. */
import { describe, expect, it } from 'vitest'
import { type BuildFact, type FileFact, NO_FACTS } from '../../../../../src/domain/gate/facts/facts.ts'
import { isLasting, isTimeless } from '../../../../../src/domain/gate/facts/lasting.ts'

const found = (creationTime: number | null): BuildFact => ({
  kind: 'found',
  build: { creationTime, sourceUrl: null },
})

it.each<[string, BuildFact[], boolean]>([
  ['no builds', [], true],
  ['builds whose creation time is known, or that do not exist', [found(0), { kind: 'absent' }], true],
  ['a build whose creation time is not known, which counts as new', [found(0), found(null)], false],
])('facts with %s', (_name, builds, expected) => {
  const facts = { ...NO_FACTS, builds: new Map(builds.map((fact, n) => [`build-${n}-1`, fact])) }
  expect(isTimeless(facts)).toBe(expected)
})

describe('a decision lasts until the next message', () => {
  const AT_COMMIT = `https://git.example.com/rpms/a/raw/${'c'.repeat(40)}/f/gating.yaml`
  const ON_BRANCH = 'https://git.example.com/rpms/a/raw/main/f/gating.yaml'
  const POLICIES: FileFact = { kind: 'policies', policies: [] }
  const built = (sourceUrl: string | null): BuildFact => ({
    kind: 'found',
    build: { creationTime: 0, sourceUrl },
  })
  const SOURCES = built('git://h/rpms/a#r')

  it.each<[string, BuildFact, [string, FileFact][], boolean]>([
    ['a rule file of a commit', SOURCES, [[AT_COMMIT, POLICIES]], true],
    ['an invalid rule file of a commit', SOURCES, [[AT_COMMIT, { kind: 'invalid', details: 'x' }]], true],
    ['a rule file on a branch', SOURCES, [[ON_BRANCH, POLICIES]], false],
    ['a rule file that was not found', SOURCES, [[AT_COMMIT, { kind: 'absent' }]], false],
    ['a build without sources', built(null), [], false],
    ['a build that does not exist', { kind: 'absent' }, [], false],
    ['a build whose creation time is not known', found(null), [], false],
    [
      'a rule file of a commit and one on a branch',
      SOURCES,
      [
        [AT_COMMIT, POLICIES],
        [ON_BRANCH, POLICIES],
      ],
      false,
    ],
  ])('with %s: %#', (_name, build, files, expected) => {
    const facts = { ...NO_FACTS, builds: new Map([['a-1-1', build]]), files: new Map(files) }
    expect(isLasting(facts)).toBe(expected)
  })

  it('only if every build has its sources', () => {
    const builds = new Map([
      ['a-1-1', SOURCES],
      ['b-1-1', built(null)],
    ])
    expect(isLasting({ ...NO_FACTS, builds })).toBe(false)
  })
})
