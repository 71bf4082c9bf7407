/** Cases A28 to A30 and A38 of behaviour/freshmaker 13, from the bus message to the end of the event. */
import { describe, expect, it } from 'vitest'
import type { Catalogue } from '../../../../lab/catalogue/entry.ts'
import { rpm } from '../../../../lab/catalogue/streams.ts'
import { parseSettings } from '../../../../src/config/file.ts'
import { planBuilds } from '../../../../src/domain/rebuild/plan/plan.ts'
import { ancestor, node } from '../../../support/rebuild/planned-images.ts'
import { type SmallImage, smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'
import { runningPipeline } from '../../../support/running-pipeline.ts'

const CRITICAL = 133001
const MODERATE = 133002

/** The ended event of an advisory in a catalogue. `rule` is the allow rule for images. */
async function endOf(
  advisory: number,
  catalogue: Catalogue,
  rule = 'advisory_security_impact: [critical, important]',
) {
  const { world, pipeline } = await runningPipeline({ catalogue })
  const rules = `{handler_build_allowlist: {global: {image: {${rule}, published: true}}}}`
  pipeline.ctx.settings.file.handler_build_allowlist = parseSettings(rules, 'test').handler_build_allowlist
  world.ship(advisory)
  return pipeline.untilEnded(advisory)
}

describe('A28: rules about the names of images', () => {
  it('keep every image whose name starts with one of them', async () => {
    const images: SmallImage[] = ['foo', 'foo2', 'bar', 'unknown'].map((name) => ({ nvr: `${name}-1-2.3` }))
    const event = await endOf(CRITICAL, smallCatalogue(images), 'image_name: [foo, bar], advisory_name: RHSA')
    expect(event.builds.map((build) => build.originalNvr).sort()).toEqual([
      'bar-1-2.3',
      'foo-1-2.3',
      'foo2-1-2.3',
    ])
  })
})

describe('A29: an advisory', () => {
  it('that is not important enough is skipped', async () => {
    const event = await endOf(MODERATE, smallCatalogue([{ nvr: 'app-1-1' }]))
    expect(event).toMatchObject({
      state: 'SKIPPED',
      stateReason: 'Errata advisory 133002 is not allowed by internal policy to trigger rebuilds.',
    })
  })

  it('that affects no image is skipped', async () => {
    const event = await endOf(CRITICAL, smallCatalogue([{ nvr: 'app-1-1', adds: [rpm('bash-5-1.el8')] }]))
    expect(event).toMatchObject({
      state: 'SKIPPED',
      stateReason: "No container images to rebuild for advisory 'RHSA-2026:9101-03'",
    })
  })
})

describe('A30: an event whose only image has an error', () => {
  it('ends FAILED, unlike in the original, where it ended COMPLETE', async () => {
    const catalogue = smallCatalogue([{ nvr: 'base-8-1' }, { nvr: 'app-1-1', from: 'base-8-1' }])
    const withoutBase = { ...catalogue, images: catalogue.images.filter((image) => image.nvr !== 'base-8-1') }
    const event = await endOf(CRITICAL, withoutBase)
    expect(event).toMatchObject({
      state: 'FAILED',
      stateReason: 'No container images to rebuild, all are in failed state.',
    })
    expect(event.builds).toMatchObject([
      { state: 'FAILED', stateReason: expect.stringContaining('base-8-1') },
    ])
  })
})

describe('A38: two chains with the same ancestors', () => {
  it('are built from the base up, shared ancestors only once', () => {
    const shared = [
      ancestor('s2i-base-1-10', 's2i-core-1-11'),
      ancestor('s2i-core-1-11', 'rhel-server-7.4-150'),
      ancestor('rhel-server-7.4-150'),
    ]
    const nodes = [node('httpd-1-1', 's2i-base-1-10'), node('perl-1-1', 's2i-base-1-10'), ...shared]
    const { builds } = planBuilds({ nodes, durations: new Map(), medianDurationS: 60 })
    expect(builds.map((build) => build.originalNvr)).toEqual([
      'rhel-server-7.4-150',
      's2i-core-1-11',
      's2i-base-1-10',
      'httpd-1-1',
      'perl-1-1',
    ])
  })
})
