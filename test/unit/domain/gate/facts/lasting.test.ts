/** Which facts make a decision depend on the time at which it is made. */
import { expect, it } from 'vitest'
import { type BuildFact, NO_FACTS } from '../../../../../src/domain/gate/facts/facts.ts'
import { isTimeless } from '../../../../../src/domain/gate/facts/lasting.ts'

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
