/** Planning builds: each image once, after its parents, and which images cannot be built. */
import { describe, expect, it } from 'vitest'
import { nodeOf } from '../../../../../src/domain/rebuild/plan/graph.ts'
import { ancestor, cause, image, node, plan } from '../../../../support/rebuild/planned-images.ts'

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
