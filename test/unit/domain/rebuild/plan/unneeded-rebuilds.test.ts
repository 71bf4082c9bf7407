/** Planned images that are not rebuilt, above all those that an earlier event has already rebuilt. */
import { describe, expect, it } from 'vitest'
import { rpmsByName } from '../../../../../src/domain/rebuild/images/earlier-rebuild.ts'
import { ancestor, cause, image, node, plan, rebuilds } from '../../../../support/rebuild/planned-images.ts'

const OLD = 'RHSA-2026:1: openssl-1.1.1-2.el8 is older than openssl-1.1.1-3.el8'

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
