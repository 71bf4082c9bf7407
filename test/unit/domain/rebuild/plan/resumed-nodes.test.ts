import { describe, expect, it } from 'vitest'
import { planBuilds } from '../../../../../src/domain/rebuild/plan/plan.ts'
import { type ResumedBuild, resumedNodes } from '../../../../../src/domain/rebuild/plan/resumed-nodes.ts'
import { ancestor, image, node, rebuilds } from '../../../../support/rebuild/planned-images.ts'

const build = (originalNvr: string, over: Partial<ResumedBuild> = {}): ResumedBuild => ({
  originalNvr,
  parentNvr: null,
  role: 'chosen',
  needsNewPlan: false,
  ...over,
})
/** Original NVRs with the parents that the new builds are submitted with. */
const planOf = (nodes: ReturnType<typeof node>[], rebuilt: Record<string, string> = {}) =>
  planBuilds({
    nodes,
    durations: new Map(),
    medianDurationS: 60,
    rebuiltByDependencies: rebuilds(Object.entries(rebuilt)),
    releasesMerged: true,
  }).builds.map(({ originalNvr, depOn, buildArgs, state }) => [
    originalNvr,
    depOn ?? buildArgs.originalParent,
    state,
  ])

describe('the images of a resumed event', () => {
  it('are built on the parents that its plan had chosen', () => {
    const known = [node('base-1-1'), node('base-1-2'), node('app-1-1', 'base-1-1')]
    const builds = [build('base-1-2', { role: 'done' }), build('app-1-1', { parentNvr: 'base-1-2' })]
    const { nodes, considered } = resumedNodes(builds, known)
    expect(planOf(nodes, { 'base-1-2': 'base-1-2.99' })).toEqual([['app-1-1', 'base-1-2.99', 'PLANNED']])
    expect(considered).toEqual([])
  })

  it('keep every release that its plan had chosen, although the one it united others in is done', () => {
    const known = [node('app-1-1', null, { latestReleased: true }), node('app-1-2'), node('app-1-3')]
    const builds = [build('app-1-1', { role: 'done' }), build('app-1-2'), build('app-1-3')]
    const { nodes } = resumedNodes(builds, known)
    expect(planOf(nodes, { 'app-1-1': 'app-1-1.99' }).map(([nvr]) => nvr)).toEqual(['app-1-2', 'app-1-3'])
  })

  it('are not replaced by releases that its plan had not used', () => {
    const known = [ancestor('base-1-1', null, { fixedRelease: 'base-1-9' }), node('app-1-1', 'base-1-1')]
    const builds = [build('base-1-1'), build('app-1-1', { parentNvr: 'base-1-1' })]
    expect(planOf(resumedNodes(builds, known).nodes)).toHaveLength(2)
  })

  it('inherit content sets from images that are not built again', () => {
    const bare = ancestor('base-1-1', null, { image: image('base-1-1', { contentSets: [] }) })
    const builds = [build('base-1-1'), build('app-1-1', { parentNvr: 'base-1-1', role: 'left' })]
    const { nodes } = resumedNodes(builds, [bare, node('app-1-1', 'base-1-1')])
    expect(nodes[0]?.image.contentSets).toEqual(['rhel-8-baseos'])
  })

  it('leave a reason for what is not resumed', () => {
    const { nodes, considered } = resumedNodes([build('app-1-1', { role: 'left' })], [node('app-1-1')])
    expect(nodes).toEqual([])
    expect(considered).toMatchObject([{ nvr: 'app-1-1', outcome: 'not-rebuilt', rule: 'not-resumed' }])
  })
})

describe('images that failed in planning', () => {
  const failed = node('app-1-1', 'base-1-1', { source: null, error: 'Koji does not know it' })
  const builds = [build('app-1-1', { parentNvr: 'base-1-2', needsNewPlan: true })]

  it('are taken from a new discovery, on the parent that planning had put in place of the same one', () => {
    const fresh = { nodes: [node('app-1-1', 'base-1-1'), node('other-1-1')], considered: [] }
    expect(planOf(resumedNodes(builds, [failed], fresh).nodes)).toEqual([['app-1-1', 'base-1-2', 'PLANNED']])
  })

  it('bring ancestors with them that were not known', () => {
    const fresh = { nodes: [node('app-1-1', 'mid-1-1'), ancestor('mid-1-1', 'base-1-1')], considered: [] }
    expect(planOf(resumedNodes(builds, [failed], fresh).nodes)).toEqual([
      ['mid-1-1', 'base-1-1', 'PLANNED'],
      ['app-1-1', 'mid-1-1', 'PLANNED'],
    ])
  })

  it('are left out with the reason when the new discovery drops them', () => {
    const reason = { nvr: 'app-1-1', outcome: 'not-rebuilt' as const, rule: 'tag', reason: 'no tag' }
    expect(resumedNodes(builds, [failed], { nodes: [], considered: [reason] }).considered).toEqual([reason])
    expect(resumedNodes(builds, [failed]).considered).toMatchObject([{ rule: 'not-found-anew' }])
  })

  it('are discovered again too when nothing is stored about them', () => {
    const fresh = { nodes: [node('app-1-1', 'base-1-1')], considered: [] }
    expect(resumedNodes([build('app-1-1', { parentNvr: 'base-1-1' })], [], fresh).nodes).toHaveLength(1)
  })
})

it('looks at each known image a few times at most, however many builds are resumed', () => {
  let looks = 0
  const known = Array.from({ length: 200 }, (_, index) => node(`image${index}-1-1`))
  const counted = known.map((item) => ({
    ...item,
    get image() {
      looks += 1
      return item.image
    },
  }))
  const builds = known.map(({ image: { nvr } }) => build(nvr))
  expect(resumedNodes(builds, counted).nodes).toHaveLength(200)
  expect(looks).toBeLessThan(10 * 200)
})
