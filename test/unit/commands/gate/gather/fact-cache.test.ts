/** Checks which facts are cached, for how long, and what invalidates them (behaviour/greenwave 3.7, 4.7). */
import { describe, expect, it } from 'vitest'
import {
  type CacheLookup,
  createFactCache,
  type FactCache,
} from '../../../../../src/commands/gate/gather/fact-cache.ts'
import type { BuildFact, FileFact } from '../../../../../src/domain/gate/facts/facts.ts'
import { DecisionError } from '../../../../../src/domain/gate/request/decision-error.ts'
import type { Subject } from '../../../../../src/domain/gate/subject/subject.ts'
import { subjectTypeNamed } from '../../../../../src/domain/gate/subject/subject-type.ts'
import { result, TYPES } from '../../../../support/gate/builders.ts'

const COMMIT = 'https://git.example.com/rpms/a/raw/0c1a84e0d5e5e5d2f7a5b0c1a84e0d5e5e5d2f7a/f/gating.yaml'
const BRANCH = 'https://git.example.com/side-tags/raw/master/x.yaml'
const BUILD: BuildFact = {
  kind: 'found',
  build: { creationTime: 1, sourceUrl: 'https://git.example.com/a#1' },
}
const FILE: FileFact = { kind: 'policies', policies: [] }
const FAILED = { kind: 'failed', error: new DecisionError('upstream-failed', 'down') } as const

function subject(identifier: string, type = 'koji_build'): Subject {
  return { type: subjectTypeNamed(TYPES, type), identifier }
}

function factsAt(cacheSeconds = 600, hasNews = true) {
  const clock = { now: 0 }
  const lookups: CacheLookup[] = []
  const facts = createFactCache({
    cacheSeconds,
    hasNews,
    now: () => clock.now,
    onLookup: (lookup) => lookups.push(lookup),
  })
  return { facts, clock, lookups }
}

const passedOf = (facts: FactCache, of: Subject, testCase: string) =>
  facts.passedResults(of, [testCase]).get(testCase)

describe('passed results', () => {
  it('are kept by subject and test case until they expire', () => {
    const { facts, clock } = factsAt()
    const passed = [result('t1', 'PASSED')]
    facts.cachePassed(subject('a-1-1'), 't1', passed, facts.mark())
    expect(passedOf(facts, subject('a-1-1'), 't1')).toEqual(passed)
    expect(passedOf(facts, subject('a-1-1'), 't2')).toBeUndefined()
    expect(passedOf(facts, subject('b-1-1'), 't1')).toBeUndefined()
    expect(passedOf(facts, subject('a-1-1', 'compose'), 't1')).toBeUndefined()
    const ofCompose = [result('t1', 'PASSED', { id: 2 })]
    facts.cachePassed(subject('a-1-1', 'compose'), 't1', ofCompose, facts.mark())
    expect(passedOf(facts, subject('a-1-1', 'compose'), 't1')).toEqual(ofCompose)
    expect(passedOf(facts, subject('a-1-1'), 't1')).toEqual(passed)
    clock.now = 600_000
    expect(passedOf(facts, subject('a-1-1'), 't1')).toBeUndefined()
  })

  it('are kept for seconds where no news of subjects arrive, builds as long as otherwise', () => {
    const { facts, clock } = factsAt(600, false)
    facts.cachePassed(subject('a-1-1'), 't1', [result('t1', 'PASSED')], facts.mark())
    facts.cacheBuild('a-1-1', BUILD, facts.mark())
    clock.now = 9000
    expect(passedOf(facts, subject('a-1-1'), 't1')).toBeDefined()
    clock.now = 11_000
    expect(passedOf(facts, subject('a-1-1'), 't1')).toBeUndefined()
    expect(facts.build('a-1-1')).toBe(BUILD)
  })

  it('do not expire later because other test cases of the subject pass later', () => {
    const { facts, clock } = factsAt()
    facts.cachePassed(subject('a-1-1'), 't1', [result('t1', 'PASSED')], facts.mark())
    clock.now = 500_000
    facts.cachePassed(subject('a-1-1'), 't2', [result('t2', 'PASSED')], facts.mark())
    clock.now = 600_000
    expect(passedOf(facts, subject('a-1-1'), 't1')).toBeUndefined()
  })

  it('are dropped with their identifier, whatever the type', () => {
    const { facts } = factsAt()
    for (const type of ['koji_build', 'redhat-container-image'])
      facts.cachePassed(subject('a-1-1', type), 't1', [result('t1', 'PASSED')], facts.mark())
    facts.cachePassed(subject('b-1-1'), 't1', [result('t1', 'PASSED')], facts.mark())
    facts.forget('a-1-1')
    expect(passedOf(facts, subject('a-1-1'), 't1')).toBeUndefined()
    expect(passedOf(facts, subject('a-1-1', 'redhat-container-image'), 't1')).toBeUndefined()
    expect(passedOf(facts, subject('b-1-1'), 't1')).toHaveLength(1)
  })

  it('that were requested before the subject was forgotten are not kept', () => {
    const { facts } = factsAt()
    const mark = facts.mark()
    facts.forget('a-1-1')
    facts.cachePassed(subject('a-1-1'), 't1', [result('t1', 'PASSED')], mark)
    expect(passedOf(facts, subject('a-1-1'), 't1')).toBeUndefined()
    facts.cachePassed(subject('b-1-1'), 't1', [result('t1', 'PASSED')], mark)
    expect(passedOf(facts, subject('b-1-1'), 't1')).toHaveLength(1)
    facts.cachePassed(subject('a-1-1'), 't1', [result('t1', 'PASSED')], facts.mark())
    expect(passedOf(facts, subject('a-1-1'), 't1')).toHaveLength(1)
  })

  it('that were requested before the subject was forgotten are not kept, however many others were forgotten since', () => {
    const { facts } = factsAt()
    const mark = facts.mark()
    facts.forget('a-1-1')
    for (let n = 0; n < 20_000; n += 1) facts.forget(`other-${n}-1`)
    facts.cachePassed(subject('a-1-1'), 't1', [result('t1', 'PASSED')], mark)
    facts.cacheBuild('a-1-1', { kind: 'absent' }, mark)
    expect([passedOf(facts, subject('a-1-1'), 't1'), facts.build('a-1-1')]).toEqual([undefined, undefined])
  })
})

describe('builds and files', () => {
  it('that exist are kept for the whole time, absent ones and builds without sources for a few seconds', () => {
    const { facts, clock } = factsAt()
    const sourceUrl = 'git://h/rpms/a#r'
    facts.cacheBuild('a-1-1', { kind: 'found', build: { creationTime: 1, sourceUrl } }, facts.mark())
    facts.cacheBuild('b-1-1', { kind: 'absent' }, facts.mark())
    const incomplete = { kind: 'found' as const, build: { creationTime: 1, sourceUrl: null } }
    facts.cacheBuild('c-1-1', incomplete, facts.mark())
    facts.cacheFile(COMMIT, FILE)
    facts.cacheFile(BRANCH, { kind: 'absent' })
    const kinds = () => [
      facts.build('a-1-1')?.kind,
      facts.build('b-1-1')?.kind,
      facts.build('c-1-1')?.kind,
      facts.file(COMMIT)?.kind,
      facts.file(BRANCH)?.kind,
    ]
    clock.now = 9_999
    expect(kinds()).toEqual(['found', 'absent', 'found', 'policies', 'absent'])
    clock.now = 10_000
    expect(kinds()).toEqual(['found', undefined, undefined, 'policies', undefined])
    clock.now = 600_000
    expect(kinds()).toEqual(Array(5).fill(undefined))
  })

  it('that failed are not kept', () => {
    const { facts } = factsAt()
    facts.cacheBuild('a-1-1', FAILED, facts.mark())
    facts.cacheFile(COMMIT, FAILED)
    expect([facts.build('a-1-1'), facts.file(COMMIT)]).toEqual([undefined, undefined])
  })

  it('that were requested before they were forgotten are not kept', () => {
    const { facts } = factsAt()
    const mark = facts.mark()
    facts.forget('a-1-1')
    facts.cacheBuild('a-1-1', { kind: 'absent' }, mark)
    expect(facts.build('a-1-1')).toBeUndefined()
    facts.cacheBuild('a-1-1', { kind: 'absent' }, facts.mark())
    expect(facts.build('a-1-1')?.kind).toBe('absent')
  })

  it('are dropped with the subject of that name', () => {
    const { facts } = factsAt()
    facts.cacheBuild('a-1-1', { kind: 'absent' }, facts.mark())
    facts.forget('a-1-1')
    expect(facts.build('a-1-1')).toBeUndefined()
  })

  it('that may change at their address are not kept', () => {
    const { facts } = factsAt()
    const sha256 = `https://git.example.com/raw/master/${'0f41'.repeat(16)}.yaml`
    for (const url of [BRANCH, sha256]) {
      facts.cacheFile(url, FILE)
      expect(facts.file(url)).toBeUndefined()
    }
    const cgit = 'https://git.example.com/a/plain/gating.yaml?id=0c1a84e0d5e5e5d2f7a5b0c1a84e0d5e5e5d2f7a'
    facts.cacheFile(cgit, { kind: 'invalid', details: 'x' })
    expect(facts.file(cgit)?.kind).toBe('invalid')
  })
})

describe('everything', () => {
  it('can be forgotten at once, also what was requested before', () => {
    const { facts } = factsAt()
    const mark = facts.mark()
    facts.cachePassed(subject('a-1-1'), 't1', [result('t1', 'PASSED')], mark)
    facts.cacheBuild('b-1-1', { kind: 'absent' }, mark)
    facts.cacheFile(COMMIT, FILE)
    facts.forgetAll()
    facts.cachePassed(subject('c-1-1'), 't1', [result('t1', 'PASSED')], mark)
    facts.cacheBuild('d-1-1', { kind: 'absent' }, mark)
    expect([passedOf(facts, subject('a-1-1'), 't1'), passedOf(facts, subject('c-1-1'), 't1')]).toEqual([
      undefined,
      undefined,
    ])
    expect([facts.build('b-1-1'), facts.build('d-1-1'), facts.file(COMMIT)]).toEqual([
      undefined,
      undefined,
      FILE,
    ])
    facts.cacheBuild('d-1-1', { kind: 'absent' }, facts.mark())
    expect(facts.build('d-1-1')?.kind).toBe('absent')
  })
})

describe('the setting', () => {
  it('of 0 seconds keeps nothing and counts nothing', () => {
    const { facts, lookups } = factsAt(0)
    facts.cachePassed(subject('a-1-1'), 't1', [result('t1', 'PASSED')], facts.mark())
    facts.cacheBuild('a-1-1', { kind: 'absent' }, facts.mark())
    facts.cacheFile(COMMIT, FILE)
    const found = [passedOf(facts, subject('a-1-1'), 't1'), facts.build('a-1-1'), facts.file(COMMIT)]
    expect([found, lookups]).toEqual([[undefined, undefined, undefined], []])
  })

  it('of few seconds limits absent facts too', () => {
    const { facts, clock } = factsAt(2)
    facts.cacheBuild('a-1-1', { kind: 'absent' }, facts.mark())
    clock.now = 2000
    expect(facts.build('a-1-1')).toBeUndefined()
  })

  it('reports hits and misses', () => {
    const { facts, lookups } = factsAt()
    facts.build('a-1-1')
    facts.cacheBuild('a-1-1', { kind: 'absent' }, facts.mark())
    facts.build('a-1-1')
    facts.file(COMMIT)
    expect(lookups).toEqual([
      { kind: 'build', found: false, count: 1 },
      { kind: 'build', found: true, count: 1 },
      { kind: 'file', found: false, count: 1 },
    ])
  })
})
