/** Previews for users who are about to start a rebuild: what the event would reuse, and an advisory that has not shipped yet. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { previewPlan } from '../../../../src/commands/plan/preview-plan.ts'
import { ruleSchema } from '../../../../src/domain/rebuild/discover/rule-language.ts'
import { BUILD_STATES } from '../../../../src/domain/rebuild/states.ts'
import { storeBuild, storeEvent } from '../../../support/api/api.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'
import { smallCatalogue } from '../../../support/rebuild/small-catalogue.ts'

const ADVISORY = 133001
const WHAT = { errataId: ADVISORY, containerImages: [] }
const SETTINGS = `
handler_build_allowlist: {global: {image: {advisory_state: SHIPPED_LIVE}}}
koji_requests_per_second: 1000
`
let discovery: Discovery

beforeAll(async () => {
  const images = [
    { nvr: 'base-8-1', tags: [] },
    { nvr: 'app-1-1', from: 'base-8-1' },
  ]
  discovery = await startDiscovery(smallCatalogue(images), SETTINGS)
})
afterAll(() => discovery.stop())

describe('a preview', () => {
  it('uses the rebuilds of the event that it would depend on, as its event does', async () => {
    const { db } = discovery.ctx
    const event = await storeEvent(db, { searchKey: String(ADVISORY), state: 2, eventTypeId: 13 })
    const done = { event, name: 'base', originalNvr: 'base-8-1', state: BUILD_STATES.DONE }
    await storeBuild(db, { ...done, rebuiltNvr: 'base-8-1.1700000000' })
    const { builds, considered } = await previewPlan(discovery.ctx, { ...WHAT, dependsOn: event })
    expect(builds).toMatchObject([
      { originalNvr: 'app-1-1', depOn: null, buildArgs: { originalParent: 'base-8-1.1700000000' } },
    ])
    expect(considered).toContainEqual(expect.objectContaining({ nvr: 'base-8-1', rule: 'reused' }))
  })

  it('builds again what the event has rebuilt with RPMs that the advisory no longer has', async () => {
    const { db } = discovery.ctx
    const event = await storeEvent(db, { searchKey: String(ADVISORY), state: 2, eventTypeId: 13 })
    const done = { event, name: 'base', originalNvr: 'base-8-1', state: BUILD_STATES.DONE }
    await storeBuild(db, { ...done, rebuiltNvr: 'base-8-1.1700000001' })
    const sql = `insert into event_findings (event_id, findings, fixed_rpms) values (?, '{}', '["nginx-1.0-1.el8"]')`
    await db.fork().execute(sql, [event])
    const { builds } = await previewPlan(discovery.ctx, { ...WHAT, dependsOn: event })
    expect(builds.map(({ originalNvr, depOn }) => [originalNvr, depOn])).toEqual([
      ['base-8-1', null],
      ['app-1-1', 'base-8-1'],
    ])
  })

  it('counts what a dry run has built only for another dry run', async () => {
    const { db } = discovery.ctx
    const event = await storeEvent(db, {
      searchKey: String(ADVISORY),
      state: 2,
      eventTypeId: 13,
      dryRun: true,
    })
    const done = { event, name: 'base', originalNvr: 'base-8-1', state: BUILD_STATES.DONE }
    await storeBuild(db, { ...done, rebuiltNvr: 'base-8-1.1700000002' })
    const { env, file } = discovery.ctx.settings
    const parentIn = async (dryRun: boolean, ofProcess = false) => {
      const settings = { env: { ...env, DRY_RUN: ofProcess }, file }
      const { builds } = await previewPlan(
        { ...discovery.ctx, settings },
        { ...WHAT, dependsOn: event, dryRun },
      )
      return builds.find(({ originalNvr }) => originalNvr === 'app-1-1')?.buildArgs.originalParent
    }
    expect(await parentIn(false)).toBe('base-8-1')
    expect(await parentIn(true)).toBe('base-8-1.1700000002')
    expect(await parentIn(false, true)).toBe('base-8-1.1700000002')
  })

  it('judges an advisory that has not shipped as if it had, unless it is about now', async () => {
    const { advisories } = discovery.lab.world
    const advisory = advisories.get(ADVISORY)
    if (!advisory) throw new Error('no advisory')
    advisories.set(ADVISORY, { ...advisory, status: 'REL_PREP' })
    const shipped = await previewPlan(discovery.ctx, WHAT)
    const now = await previewPlan(discovery.ctx, { ...WHAT, now: true })
    advisories.set(ADVISORY, advisory)
    expect(shipped.builds.map(({ originalNvr }) => originalNvr)).toEqual(['base-8-1', 'app-1-1'])
    expect(now).toMatchObject({
      builds: [],
      skipped: `Errata advisory ${ADVISORY} is not allowed by internal policy to trigger rebuilds.`,
    })
  })

  it('about now shows that nothing can be built while the RPMs of its advisory are in no single tag', async () => {
    const { ctx, lab } = discovery
    const advisory = lab.world.advisories.get(ADVISORY)
    if (!advisory) throw new Error('no advisory')
    lab.world.advisories.set(ADVISORY, { ...advisory, status: 'REL_PREP' })
    const allowed = { global: { image: ruleSchema.parse({ advisory_name: 'RHSA' }) } }
    const settings = { ...ctx.settings, file: { ...ctx.settings.file, handler_build_allowlist: allowed } }
    const plan = (now: boolean) => previewPlan({ ...ctx, settings }, { ...WHAT, now })
    const [shipped, now] = [await plan(false), await plan(true)]
    lab.world.advisories.set(ADVISORY, advisory)
    expect(shipped.builds.map(({ stateReason }) => stateReason)).toEqual([null, null])
    const reason = `Packages for errata advisory ${ADVISORY} found in multiple different tags.`
    expect(now.builds.map(({ stateReason }) => stateReason)).toEqual([reason, reason])
  })
})
