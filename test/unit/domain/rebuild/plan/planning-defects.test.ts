/** Defects of the original planner, each under its number in behaviour/freshmaker 12.2; requests and regexes: test/integration. */
import { describe, expect, it } from 'vitest'
import { compareReleases } from '../../../../../src/domain/rebuild/discover/compared-release.ts'
import {
  chooseFixedRelease,
  indexReleases,
  newerReleases,
} from '../../../../../src/domain/rebuild/discover/fixed-release.ts'
import { findOffer, indexRepositories } from '../../../../../src/domain/rebuild/discover/repository-filter.ts'
import { indexFixed, olderRpms } from '../../../../../src/domain/rebuild/images/affected-rpms.ts'
import type { Image } from '../../../../../src/domain/rebuild/images/image.ts'
import type { PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { type PlanInput, planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { ancestor, image, node, repository, rpm } from '../../../../support/rebuild/planned-images.ts'

const plan = (nodes: PlanNode[], over: Partial<PlanInput> = {}) =>
  planBuilds({ nodes, durations: new Map(), medianDurationS: 60, ...over })

/** Planned images with the image each depends on, in order. */
const order = (nodes: PlanNode[], over: Partial<PlanInput> = {}) =>
  plan(nodes, over).builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])

/** A chain as `[image, parent, grandparent]`; the first is found, the rest are its ancestors. */
const chain = ([first = '', ...ancestors]: string[]) => [
  node(first, ancestors[0] ?? null),
  ...ancestors.map((nvr, index) => ancestor(nvr, ancestors[index + 1] ?? null)),
]

const withRpms = (nvr: string, ...nvras: string[]): Image => image(nvr, { rpms: nvras.map(rpm) })
const rules = (...fixedRpms: string[]) => ({
  compared: compareReleases(indexFixed(fixedRpms)),
  contentSets: [],
  buildRegistries: new Set<string>(),
})

describe('18: a changed parent is applied to the image whose parent has changed', () => {
  it('in the example of the defect', () => {
    const nodes = [
      ...chain(['nodejs-10-5', 's2i-core-1-100', 'ubi8-8.0-200']),
      ...chain(['rust-1-9', 's2i-core-1-147', 'ubi8-8.2-299']),
    ]
    expect(order(nodes)).toEqual([
      ['ubi8-8.2-299', null],
      ['s2i-core-1-147', 'ubi8-8.2-299'],
      ['nodejs-10-5', 's2i-core-1-147'],
      ['rust-1-9', 's2i-core-1-147'],
    ])
    const nodejs = plan(nodes).builds.find((build) => build.originalNvr === 'nodejs-10-5')
    expect(nodejs?.buildArgs.originalParent).toBe('s2i-core-1-147')
  })

  it('and every image that is not rebuilt names its replacement', () => {
    const { considered } = plan([
      ...chain(['nodejs-10-5', 's2i-core-1-100', 'ubi8-8.0-200']),
      ...chain(['rust-1-9', 's2i-core-1-147', 'ubi8-8.2-299']),
    ])
    expect(considered.slice(0, 2)).toEqual([
      {
        nvr: 's2i-core-1-100',
        outcome: 'not-rebuilt',
        rule: 'newer-release',
        reason:
          's2i-core-1-147 is rebuilt instead: it is a newer release of the same image, 147 instead of 100',
        details: { replacedBy: 's2i-core-1-147', repositories: ['product/s2i-core'], released: false },
      },
      {
        nvr: 'ubi8-8.0-200',
        outcome: 'not-rebuilt',
        rule: 'unneeded-ancestor',
        reason: 'no image built on it is rebuilt',
      },
    ])
  })
})

describe('19: an image comes after its parent, however deep the chains are', () => {
  it('with a parent at different depths of two chains', () => {
    const nodes = [...chain(['x-1-1', 'y-1-1', 'z-1-1', 'p-1-1']), ...chain(['leaf-1-1', 'p-1-1', 'q-1-1'])]
    expect(order(nodes)).toEqual([
      ['q-1-1', null],
      ['p-1-1', 'q-1-1'],
      ['leaf-1-1', 'p-1-1'],
      ['z-1-1', 'p-1-1'],
      ['y-1-1', 'z-1-1'],
      ['x-1-1', 'y-1-1'],
    ])
  })
})

describe('20: RPMs are compared within their stream', () => {
  const fixed = indexFixed(['openssl-1.1.1-3.el8', 'openssl-3.0.7-2.el9'])

  it('an image with the fixed el8 build is not older than the el9 build', () => {
    expect(olderRpms(fixed, [rpm('openssl-1.1.1-3.el8.x86_64')])).toEqual([])
    expect(olderRpms(fixed, [rpm('openssl-1.1.1-2.el8.x86_64')])).toMatchObject([
      { wanted: 'openssl-1.1.1-3.el8' },
    ])
  })

  it('a release counts as fixed by the build of its own stream, not by the last one listed', () => {
    const old = withRpms('base-8-1', 'openssl-1.1.1-2.el8.x86_64')
    const release = withRpms('base-8-2', 'openssl-1.1.1-3.el8.x86_64')
    const choice = (...listed: string[]) =>
      chooseFixedRelease(old, ['product/base'], [release], rules(...listed)).fixedRelease
    expect(choice('openssl-1.1.1-3.el8', 'openssl-3.0.7-2.el9')).toBe('base-8-2')
    expect(choice('openssl-3.0.7-2.el9', 'openssl-1.1.1-3.el8')).toBe('base-8-2')
  })
})

describe('21: the RPM of a fixed release may come from a module', () => {
  const old = withRpms('app-1-1', 'nodejs-18.1-1.module+el8.5.0+7+b.x86_64')
  const fixedModule = 'nodejs-18.2-1.module+el8.6.0+1+a'
  const choice = (installed: string) =>
    chooseFixedRelease(old, ['product/app'], [withRpms('app-1-2', installed)], rules(fixedModule))
      .fixedRelease

  it('and is found by it', () => {
    expect(choice(`${fixedModule}.x86_64`)).toBe('app-1-2')
    expect(choice('nodejs-18.3-1.module+el8.7.0+2+c.x86_64')).toBe('app-1-2')
  })

  it('but not by an RPM from outside the module', () => {
    expect(choice('nodejs-19.0-1.el8.x86_64')).toBeNull()
  })

  it('but not by an RPM of another stream of the module that the advisory fixes too', () => {
    const other = 'nodejs-20.1-1.module+el8.6.0+2+b'
    const chosen = (installed: string) =>
      chooseFixedRelease(old, ['product/app'], [withRpms('app-1-2', installed)], rules(fixedModule, other))
    expect(chosen(`${fixedModule}.x86_64`).fixedRelease).toBe('app-1-2')
    expect(chosen(`${other}.x86_64`)).toMatchObject({
      fixedRelease: null,
      considered: [{ rule: 'rpm-stream', details: { missing: [fixedModule] } }],
    })
  })
})

describe('22: the highest of several fixed releases is chosen', () => {
  const old = withRpms('app-1-1', 'openssl-1.1.1-2.el8.x86_64')
  const release = (nvr: string) => withRpms(nvr, 'openssl-1.1.1-3.el8.x86_64')

  it.each([
    [['app-1-2', 'app-1-10', 'app-1-9']],
    [['app-1-10', 'app-1-9', 'app-1-2']],
    [['app-1-9', 'app-1-2', 'app-1-10']],
  ])('in any order: %s', (nvrs) => {
    const newer = newerReleases(old, indexReleases(nvrs.map(release)))
    expect(chooseFixedRelease(old, ['product/app'], newer, rules('openssl-1.1.1-3.el8')).fixedRelease).toBe(
      'app-1-10',
    )
  })
})

describe('22: the reasons of several fixed releases', () => {
  it('name the release that is chosen', () => {
    const old = withRpms('app-1-1', 'openssl-1.1.1-2.el8.x86_64')
    const newer = ['app-1-3', 'app-1-2'].map((nvr) => withRpms(nvr, 'openssl-1.1.1-3.el8.x86_64'))
    const { considered } = chooseFixedRelease(old, ['product/app'], newer, rules('openssl-1.1.1-3.el8'))
    expect(considered.map(({ nvr, rule, reason }) => [nvr, rule, reason])).toEqual([
      [
        'app-1-3',
        'has-fix',
        'it already has the fix: images are built on it instead of app-1-1, where that is only an ancestor',
      ],
      ['app-1-2', 'has-fix', 'it already has the fix, but images are built on app-1-3, which is newer'],
    ])
  })
})

describe('23: images that only look like releases of the same name and version are ignored', () => {
  it('whatever the catalogue returns', () => {
    const answer = ['app-1.1-5', 'app-10-5', 'my-app-1-5', 'app-1-2'].map((nvr) => image(nvr))
    expect(newerReleases(image('app-1-1'), indexReleases(answer)).map(({ nvr }) => nvr)).toEqual(['app-1-2'])
  })
})

describe('24: the parent of an image is decided per image, not per RPM name', () => {
  it('a fixed release must have the fix in every RPM that the ancestor has', () => {
    const old = withRpms('base-8-1', 'openssl-1.1.1-2.el8.x86_64', 'openssl-libs-1.1.1-2.el8.x86_64')
    const half = withRpms('base-8-2', 'openssl-1.1.1-3.el8.x86_64', 'openssl-libs-1.1.1-2.el8.x86_64')
    const choice = chooseFixedRelease(
      old,
      ['product/base'],
      [half],
      rules('openssl-1.1.1-3.el8', 'openssl-libs-1.1.1-3.el8'),
    )
    expect(choice).toEqual({
      fixedRelease: null,
      considered: [
        {
          nvr: 'base-8-2',
          outcome: 'not-rebuilt',
          rule: 'rpm-version',
          reason: 'it also lacks the fix: openssl-libs-1.1.1-2.el8 against openssl-libs-1.1.1-3.el8',
          details: { pairs: ['openssl-libs-1.1.1-2.el8 against openssl-libs-1.1.1-3.el8'] },
        },
      ],
    })
  })

  it('all images on one ancestor move to the same release', () => {
    const nodes = [
      node('a-1-1', 'base-8-1'),
      node('b-1-1', 'base-8-1'),
      ancestor('base-8-1', null, { fixedRelease: 'base-8-2' }),
    ]
    const parents = plan(nodes).builds.map((build) => build.buildArgs.originalParent)
    expect(parents).toEqual(['base-8-2', 'base-8-2'])
  })
})

describe('25: a repository is identified by registry and name', () => {
  it('the tags of a namesake in another registry do not count', () => {
    const index = indexRepositories(
      [
        repository('product/app', { registry: 'elsewhere', autoRebuildTags: ['latest'] }),
        repository('product/app', { autoRebuildTags: ['9'] }),
      ],
      { published: true, releaseCategories: null, unpublishedExceptions: [] },
    )
    expect(findOffer(image('app-1-1'), index, new Set())).toBeNull()
  })
})

describe('26: the highest of several released releases is rebuilt', () => {
  const released = (nvr: string, latestReleased = true) => node(nvr, null, { latestReleased })

  it.each([
    [['tool-1-5', 'tool-1-7', 'tool-1-6']],
    [['tool-1-7', 'tool-1-6', 'tool-1-5']],
    [['tool-1-6', 'tool-1-5', 'tool-1-7']],
  ])('in any order: %s', (nvrs) => {
    expect(order(nvrs.map((nvr) => released(nvr)))).toEqual([['tool-1-7', null]])
  })

  it('and a higher one that is not released stays, unless only released dependencies are allowed', () => {
    const nodes = [
      released('tool-1-5'),
      released('tool-1-6'),
      released('tool-1-7', false),
      node('app-1-1', 'tool-1-7'),
    ]
    expect(order(nodes)).toEqual([
      ['tool-1-6', null],
      ['tool-1-7', null],
      ['app-1-1', 'tool-1-7'],
    ])
    expect(order(nodes, { releasedDependenciesOnly: true })).toEqual([
      ['tool-1-6', null],
      ['app-1-1', 'tool-1-6'],
    ])
  })
})

describe('27: a parent that the catalogue does not know', () => {
  it('fails its child and nothing else', () => {
    const error = "Couldn't find parent image gone-1-1. Pyxis data is probably incomplete"
    const nodes = [node('app-1-1', null, { error }), node('top-1-1', 'app-1-1'), node('other-1-1')]
    expect(plan(nodes).builds.map(({ originalNvr, state }) => [originalNvr, state])).toEqual([
      ['app-1-1', 'FAILED'],
      ['other-1-1', 'PLANNED'],
      ['top-1-1', 'FAILED'],
    ])
  })
})
