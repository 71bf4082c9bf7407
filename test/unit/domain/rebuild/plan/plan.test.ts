import { describe, expect, it } from 'vitest'
import { rpmsByName } from '../../../../../src/domain/rebuild/images/earlier-rebuild.ts'
import { nodeOf, type PlanNode } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { initialBuildArgs, toBuildArgsJson } from '../../../../../src/domain/rebuild/submit/build-args.ts'
import { ancestor, cause, image, node, rebuilds, source } from '../../../../support/rebuild/planned-images.ts'

const plan = (nodes: PlanNode[], over: Partial<Parameters<typeof planBuilds>[0]> = {}) =>
  planBuilds({ nodes, durations: new Map(), medianDurationS: 60, ...over })
const OLD = 'RHSA-2026:1: openssl-1.1.1-2.el8 is older than openssl-1.1.1-3.el8'
const DEPENDENCY = 'Cannot build artifact, because its dependency cannot be built.'

it('an image of the catalogue is only an ancestor unless more is known, and published where one repository does', () => {
  const [place] = image('a-1-1').repositories
  const repositories = place ? [{ ...place, published: false }, place] : []
  const found = nodeOf(image('a-1-1', { parentBrewBuild: 'base-1-1', repositories }), cause())
  expect(found).toMatchObject({ parentNvr: 'base-1-1', directlyAffected: false, published: true })
  expect(nodeOf(image('a-1-1', { repositories: repositories.slice(0, 1) }), cause()).published).toBe(false)
})

describe('planning', () => {
  it('records each image once, parents first, depending on the build of its parent', () => {
    const { builds } = plan([
      node('perl-1-1', 's2i-base-1-10'),
      node('httpd-1-1', 's2i-base-1-10'),
      ancestor('s2i-base-1-10', 's2i-core-1-11'),
      ancestor('s2i-core-1-11', 'rhel-server-7.4-150'),
      ancestor('rhel-server-7.4-150'),
    ])
    expect(
      builds.map(({ originalNvr, depOn, rebuildReason }) => [originalNvr, depOn, rebuildReason]),
    ).toEqual([
      ['rhel-server-7.4-150', null, 'dependency'],
      ['s2i-core-1-11', 'rhel-server-7.4-150', 'dependency'],
      ['s2i-base-1-10', 's2i-core-1-11', 'dependency'],
      ['httpd-1-1', 's2i-base-1-10', 'directly_affected'],
      ['perl-1-1', 's2i-base-1-10', 'directly_affected'],
    ])
  })

  it('fills in everything that a submission needs', () => {
    const { builds } = plan([node('app-1-2', 'base-8-1', { published: false })])
    expect(builds).toEqual([
      {
        originalNvr: 'app-1-2',
        name: 'app',
        depOn: null,
        state: 'PLANNED',
        stateReason: null,
        rebuildReason: 'directly_affected',
        pullspecOverrides: null,
        buildArgs: {
          repository: 'containers/app',
          commit: 'c0ffee',
          target: 'rhel-8-candidate',
          branch: 'rhel-8',
          originalParent: 'base-8-1',
          arches: null,
          renewedOdcsComposeIds: [7],
          flatpak: false,
          isolated: true,
          retryCount: 0,
          operatorCsvModificationsUrl: null,
        },
        remainingPathS: 60,
        published: false,
        contentSets: ['rhel-8-baseos'],
        reason: `${OLD}; built on base-8-1`,
        rpmsToFix: ['openssl'],
        originalArches: ['x86_64'],
      },
    ])
  })

  it('also keeps the original parent where the parent is rebuilt', () => {
    const { builds } = plan([node('app-1-1', 'base-1-1'), ancestor('base-1-1')])
    expect(builds[1]).toMatchObject({ depOn: 'base-1-1', buildArgs: { originalParent: 'base-1-1' } })
  })

  it('names what is built on an ancestor in order, and architectures where they are known', () => {
    const app = (nvr: string, arches: string[]) => node(nvr, 'base-1-1', { image: image(nvr, { arches }) })
    const nodes = [app('c-1-1', []), app('a-1-1', ['x86_64']), ancestor('base-1-1'), app('b-1-1', [])]
    for (const given of [nodes, nodes.toReversed()]) {
      const { builds } = plan(given)
      expect(builds[0]?.reason).toMatch(/^a-1-1, b-1-1, c-1-1 are built on it; /)
      expect(builds.map(({ originalArches }) => originalArches)).toEqual([['x86_64'], ['x86_64'], null, null])
    }
  })

  it('merges several nodes of one image', () => {
    const { builds } = plan([
      ancestor('base-1-1', null, { published: null, source: null }),
      node('base-1-1', null, { published: true }),
      ancestor('base-1-1', 'root-1-1', { published: false }),
    ])
    expect(builds).toMatchObject([
      {
        originalNvr: 'base-1-1',
        rebuildReason: 'directly_affected',
        state: 'PLANNED',
        published: true,
        reason: `${OLD}; built on root-1-1`,
        buildArgs: { originalParent: 'root-1-1', commit: 'c0ffee' },
      },
    ])
  })

  it('is empty without images', () => {
    expect(plan([])).toEqual({ builds: [], considered: [] })
  })
})

describe('images that cannot be built', () => {
  it('fail with their error, and everything built on them fails with them', () => {
    const { builds } = plan([
      node('app-1-1', 'mid-1-1'),
      ancestor('mid-1-1', 'base-1-1'),
      ancestor('base-1-1', null, { error: 'Cannot resolve the container image: boom', source: null }),
      node('other-1-1'),
    ])
    expect(builds.map(({ originalNvr, state, stateReason }) => [originalNvr, state, stateReason])).toEqual([
      ['base-1-1', 'FAILED', 'Cannot resolve the container image: boom'],
      ['other-1-1', 'PLANNED', null],
      ['mid-1-1', 'FAILED', DEPENDENCY],
      ['app-1-1', 'FAILED', DEPENDENCY],
    ])
    expect(builds[0]?.buildArgs).toMatchObject({ repository: null, commit: null, target: null, branch: null })
  })

  it('fail for a reason that all have in common, unless they have one of their own', () => {
    const { builds } = plan([node('app-1-1'), node('b-1-1', null, { error: 'its own' })], { error: 'no tag' })
    expect(builds.map(({ state, stateReason }) => [state, stateReason])).toEqual([
      ['FAILED', 'no tag'],
      ['FAILED', 'its own'],
    ])
  })

  it('keep their error even when the parent failed too', () => {
    const { builds } = plan([
      node('app-1-1', 'base-1-1', { error: 'boom' }),
      ancestor('base-1-1', null, { error: 'x' }),
    ])
    expect(builds[1]?.stateReason).toBe('boom')
  })

  it('fail when their sources are unknown', () => {
    expect(plan([node('app-1-1', null, { source: null })]).builds[0]).toMatchObject({
      state: 'FAILED',
      stateReason: 'Cannot resolve the container image: the sources of app-1-1 are not known',
    })
  })

  it('fail when their parents form a cycle, and their descendants fail with them', () => {
    const { builds } = plan([
      node('b-1-1', 'a-1-1'),
      node('a-1-1', 'b-1-1', { error: 'boom' }),
      node('below-1-1', 'b-1-1'),
      node('fine-1-1'),
    ])
    const cycle = 'The parents of this image form a cycle: a-1-1 -> b-1-1 -> a-1-1'
    expect(Object.fromEntries(builds.map((build) => [build.originalNvr, build.stateReason]))).toEqual({
      'a-1-1': `boom; ${cycle}`,
      'b-1-1': cycle,
      'below-1-1': DEPENDENCY,
      'fine-1-1': null,
    })
  })
})

describe('rebuilds that are not needed', () => {
  it('are replaced by those of an earlier event, and images are built on these', () => {
    const { builds, considered } = plan(
      [node('app-1-1', 'base-1-1'), ancestor('base-1-1', 'root-1-1'), ancestor('root-1-1')],
      {
        rebuiltByDependencies: rebuilds([['base-1-1', 'base-1-1.1600000000']]),
      },
    )
    expect(builds).toMatchObject([
      { originalNvr: 'app-1-1', depOn: null, buildArgs: { originalParent: 'base-1-1.1600000000' } },
    ])
    expect(considered).toEqual([
      {
        nvr: 'base-1-1',
        outcome: 'not-rebuilt',
        rule: 'reused',
        reason: 'an event that this one depends on has already rebuilt it as base-1-1.1600000000',
        details: { rebuiltNvr: 'base-1-1.1600000000' },
      },
      {
        nvr: 'root-1-1',
        outcome: 'not-rebuilt',
        rule: 'unneeded-ancestor',
        reason: 'no image built on it is rebuilt',
      },
      {
        nvr: 'app-1-1',
        outcome: 'rebuild',
        rule: 'directly-affected',
        reason: `${OLD}; built on base-1-1.1600000000`,
        details: {
          ...cause(),
          parents: [{ nvr: 'base-1-1.1600000000', rebuilt: false }],
          neededBy: [],
          neededByCount: 0,
        },
      },
    ])
  })

  describe('of an event that depends on an earlier one', () => {
    const nodes = [node('app-1-1', 'mid-1-1'), ancestor('mid-1-1', 'base-1-1'), node('base-1-1')]
    const done = [
      ['base-1-1', 'base-1-1.16'],
      ['mid-1-1', 'mid-1-1.16'],
    ] as const
    const builtAgain = (had: string[] | null, over = {}) =>
      plan(nodes, {
        rebuiltByDependencies: rebuilds(done, { fixedRpms: had && rpmsByName(had), ...over }),
        fixedRpms: ['openssl-1.1.1-3.el8'],
      }).builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])
    const REUSED = [['app-1-1', null]]
    const ALL = [
      ['base-1-1', null],
      ['mid-1-1', 'base-1-1'],
      ['app-1-1', 'mid-1-1'],
    ]

    it('are built again when the advisory has been respun, with what was built on them', () => {
      expect(builtAgain(['openssl-1.1.1-3.el8'])).toEqual(REUSED)
      expect(builtAgain(null)).toEqual(REUSED)
      expect(builtAgain(['openssl-1.1.1-2.el8'])).toEqual(ALL)
      expect(builtAgain(['curl-7-1.el8'])).toEqual(ALL)
    })

    it('are built again when their RPMs are not known and they lack any of the advisory', () => {
      const builds = (fixedRpms?: string[]) =>
        plan([node('base-1-1', null, { cause: cause({ rpms: [] }) })], {
          rebuiltByDependencies: rebuilds(done, { fixedRpms: rpmsByName(['openssl-1.1.1-2.el8']) }),
          fixedRpms,
        }).builds
      expect(builds(['openssl-1.1.1-2.el8'])).toEqual([])
      expect(builds(['openssl-1.1.1-3.el8'])).toHaveLength(1)
      expect(builds()).toEqual([])
    })

    it('are built again when they have only some of the RPMs', () => {
      const two = cause({
        rpms: ['openssl-1.1.1', 'openssl-libs-1.1.1'].map((name) => ({
          name,
          installed: `${name}-2.el8`,
          wanted: `${name}-3.el8`,
        })),
      })
      const builds = (had: string[]) =>
        plan([node('base-1-1', null, { cause: two })], {
          rebuiltByDependencies: rebuilds(done, { fixedRpms: rpmsByName(had) }),
        }).builds
      expect(builds(['openssl-1.1.1-3.el8'])).toHaveLength(1)
      expect(builds(['openssl-1.1.1-3.el8', 'openssl-libs-1.1.1-3.el8'])).toEqual([])
    })

    it('are built again when another advisory had put older RPMs into them, but not for what it had none of', () => {
      const other = { isOfSameAdvisory: false }
      expect(builtAgain(['curl-7-1.el8', 'openssl-1.1.1-4.el8', 'openssl-1.1.1-2.el9'], other)).toEqual(
        REUSED,
      )
      expect(builtAgain(['curl-7-1.el8', 'openssl-1.1.1-2.el8'], other)).toEqual(ALL)
    })

    it('are built again for all that are built on them, if these had been rebuilt with the RPMs', () => {
      const rpms = image('mid-1-1', { rpms: [] })
      const onOutdated = [
        node('base-1-1'),
        node('mid-1-1', 'base-1-1', { image: rpms, cause: cause({ rpms: [] }) }),
        node('app-1-1', 'mid-1-1'),
      ]
      const earlier = rebuilds(done, { fixedRpms: rpmsByName(['openssl-1.1.1-2.el8']) })
      earlier.set('mid-1-1', { nvr: 'mid-1-1.16', fixedRpms: null, isOfSameAdvisory: true })
      const { builds } = plan(onOutdated, { rebuiltByDependencies: earlier })
      expect(builds.map(({ originalNvr }) => originalNvr)).toEqual(['base-1-1', 'mid-1-1', 'app-1-1'])
    })
  })

  it('are those of older releases too: images on these are built on the rebuild of the newest', () => {
    const repositories = { groupRepositories: ['rhel/core'] }
    const { builds, considered } = plan(
      [
        node('old-1-1', 'core-1-100'),
        ancestor('core-1-100', null, repositories),
        node('new-1-1', 'core-1-147'),
        ancestor('core-1-147', null, repositories),
      ],
      { rebuiltByDependencies: rebuilds([['core-1-147', 'core-1-147.1600000000']]) },
    )
    expect(builds.map(({ originalNvr, buildArgs }) => [originalNvr, buildArgs.originalParent])).toEqual([
      ['new-1-1', 'core-1-147.1600000000'],
      ['old-1-1', 'core-1-147.1600000000'],
    ])
    expect(considered.slice(0, 2).map(({ nvr, rule }) => [nvr, rule])).toEqual([
      ['core-1-100', 'newer-release'],
      ['core-1-147', 'reused'],
    ])
  })

  it('include images that cannot be built, recorded with both reasons', () => {
    expect(plan([node('app-1-1', null, { error: 'boom' })]).considered).toEqual([
      {
        nvr: 'app-1-1',
        outcome: 'not-rebuilt',
        rule: 'cannot-be-built',
        reason: 'boom',
        details: { wanted: OLD, ...cause(), parents: [], neededBy: [], neededByCount: 0 },
      },
    ])
  })
})

describe('the remaining path', () => {
  it('adds recorded durations, the median for unknown names, and nothing for builds that fail', () => {
    const { builds } = plan(
      [
        node('slow-1-1', 'base-1-1'),
        node('new-1-1', 'base-1-1'),
        node('broken-1-1', 'base-1-1', { error: 'x' }),
        ancestor('base-1-1'),
      ],
      { durations: new Map(Object.entries({ slow: 500, base: 30, broken: 9999 })), medianDurationS: 70 },
    )
    expect(Object.fromEntries(builds.map((build) => [build.name, build.remainingPathS]))).toEqual({
      base: 530,
      slow: 500,
      new: 70,
      broken: 0,
    })
  })
})

describe('the remaining path of an image on a target', () => {
  it('has what builds of its name take there, where that is known', () => {
    const there = { target: 'rhel-9-candidate' }
    const { builds } = plan(
      [
        node('app-1-1', 'base-1-1', { source: source('app', there) }),
        node('other-1-1', 'base-1-1', { source: source('other', there) }),
        ancestor('base-1-1'),
      ],
      {
        durations: new Map([
          ['app', 500],
          ['app rhel-9-candidate', 20],
          ['other', 40],
          ['base', 3],
          ['base rhel-9-candidate', 1000],
        ]),
      },
    )
    const paths = Object.fromEntries(builds.map((build) => [build.name, build.remainingPathS]))
    expect(paths).toEqual({ app: 20, other: 40, base: 43 })
  })
})

describe('build_args', () => {
  it('have the names of the API, and leave out values that are not set', () => {
    expect(
      toBuildArgsJson(initialBuildArgs(source('app', { arches: 'x86_64', flatpak: true }), 'base-1-1')),
    ).toEqual({
      repository: 'containers/app',
      commit: 'c0ffee',
      original_parent: 'base-1-1',
      target: 'rhel-8-candidate',
      branch: 'rhel-8',
      arches: 'x86_64',
      renewed_odcs_compose_ids: [7],
      flatpak: true,
      isolated: true,
    })
  })

  it('have a retry count and the address of the overrides once these are set', () => {
    const url = 'https://freshwave/api/2/pullspec_overrides/1'
    const args = { ...initialBuildArgs(source('app'), null), retryCount: 2, operatorCsvModificationsUrl: url }
    expect(toBuildArgsJson(args)).toMatchObject({ retry_count: 2, operator_csv_modifications_url: url })
  })
})
