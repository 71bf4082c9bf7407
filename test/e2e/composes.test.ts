/** Composes, from the need for them to the build: requested once, awaited, reused, or failed with a reason. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Catalogue } from '../../lab/catalogue/entry.ts'
import { exampleCatalogue } from '../../lab/catalogue/example.ts'
import { rpm } from '../../lab/catalogue/streams.ts'
import { moveAdvisory } from '../../lab/services/errata/ship.ts'
import { EVENT_TYPES } from '../../src/domain/event.ts'
import { makeEvent } from '../factories.ts'
import type { EndedEvent } from '../support/database/events.ts'
import { startWorld, type TestWorld } from '../support/lab/world.ts'
import { type Pipeline, startPipeline } from '../support/pipeline.ts'

const CRITICAL = 133001
/** Only the el8 line: its RPMs are in a single tag. */
const el8Only: Catalogue = {
  ...exampleCatalogue,
  images: exampleCatalogue.images.filter((image) => image.branch === 'rhel-8.9.0'),
  advisories: exampleCatalogue.advisories.map((advisory) => ({
    ...advisory,
    builds: advisory.builds.filter((build) => build.nvr.includes('.el8')),
  })),
}
/** The composes of the original images do not cover their content sets, so new ones must be requested. */
const withoutOldContent: Catalogue = {
  ...el8Only,
  composes: el8Only.composes.map((compose) => ({ ...compose, source: 'something-else' })),
}

let world: TestWorld
let pipeline: Pipeline
afterEach(async () => {
  await pipeline?.stop()
  await world?.stop()
})

const start = async (catalogue: Catalogue, env: Record<string, string> = {}) => {
  world = await startWorld({ catalogue })
  pipeline = await startPipeline(world, { env })
}
const catalogueIds = new Set(exampleCatalogue.composes.map((compose) => compose.id))
const requested = (type?: 'tag' | 'pulp') =>
  [...world.lab.world.odcs.composes.values()].filter(
    (compose) => !catalogueIds.has(compose.id) && (type === undefined || compose.sourceType === type),
  )
const pulpIds = () => new Set(requested('pulp').map((compose) => compose.id))
/** Options of the tasks of this run; those of the catalogue's own builds name no release. */
const submitted = () =>
  [...world.lab.world.koji.tasks.values()]
    .map((task) => task.request[2] as { compose_ids?: number[]; release?: string })
    .filter((opts) => opts.release !== undefined)

async function rebuildByHand(state: 'REL_PREP' | 'SHIPPED_LIVE'): Promise<EndedEvent> {
  moveAdvisory(world.lab.world, CRITICAL, state)
  const eventTypeId = EVENT_TYPES.ManualRebuildWithAdvisoryEvent
  const eventId = await makeEvent(pipeline.ctx, {
    state: 'INITIALIZED',
    eventTypeId,
    searchKey: String(CRITICAL),
  })
  await pipeline.ctx.queues.enqueue('discover', { eventId })
  return pipeline.untilEnded(CRITICAL)
}

describe('an advisory that is not shipped', () => {
  it('gets a single compose of its RPMs from their tag, used by every build (A31)', async () => {
    await start(el8Only)
    const event = await rebuildByHand('REL_PREP')
    expect(event).toMatchObject({ state: 'COMPLETE' })
    const [compose, ...rest] = requested('tag')
    expect([compose?.id, rest]).toEqual([expect.any(Number), []])
    expect(submitted()).toHaveLength(event.builds.length)
    for (const opts of submitted()) expect(opts.compose_ids?.[0]).toBe(compose?.id)
  })

  it('gets all RPMs of its builds, also those that it does not ship: images may have these too', async () => {
    await start(el8Only)
    for (const build of world.lab.world.koji.builds.values())
      if (build.nvr === 'openssl-1.1.1k-14.el8_9' && build.rpms)
        build.rpms = [...build.rpms, rpm('openssl-perl-1:1.1.1k-14.el8_9', 'openssl')]
    await rebuildByHand('REL_PREP')
    expect(requested('tag').map(({ packages }) => packages)).toEqual([
      ['openssl', 'openssl-devel', 'openssl-libs', 'openssl-perl'],
    ])
  })

  it('fails every build when its RPMs are in different tags, with that reason', async () => {
    await start(exampleCatalogue)
    const event = await rebuildByHand('REL_PREP')
    expect(event).toMatchObject({
      state: 'FAILED',
      stateReason: 'No container images to rebuild, all are in failed state.',
    })
    const text = `Packages for errata advisory ${CRITICAL} found in multiple different tags.`
    expect(new Set(event.builds.map((build) => build.stateReason))).toEqual(new Set([text]))
    const planned = exampleCatalogue.images.filter((image) => image.expect !== 'left')
    expect(event.builds.map(({ originalNvr }) => originalNvr).sort()).toEqual(
      planned.map(({ nvr }) => nvr).sort(),
    )
  })

  it('fails every build when Koji does not know the builds of its RPMs, with that reason', async () => {
    await start(el8Only)
    const { builds } = world.lab.world.koji
    for (const [id, { nvr }] of builds) if (nvr === 'openssl-1.1.1k-14.el8_9') builds.delete(id)
    const event = await rebuildByHand('REL_PREP')
    const text = `None of builds ['openssl-1.1.1k-14.el8_9'] of advisory ${CRITICAL} is the latest build in its candidate tag.`
    expect(new Set(event.builds.map((build) => build.stateReason))).toEqual(new Set([text]))
  })

  it('is SKIPPED when it affects no image, although the tags of its RPMs cannot be looked up', async () => {
    await start({ ...exampleCatalogue, images: [] })
    world.lab.world.faults = [{ service: 'koji', kind: 'call-fault', operation: 'listTags', code: 1014 }]
    expect(await rebuildByHand('REL_PREP')).toMatchObject({
      state: 'SKIPPED',
      stateReason: "No container images to rebuild for advisory 'RHSA-2026:9101-03'",
    })
  })

  it('needs no compose once it is shipped (A31)', async () => {
    await start(el8Only)
    expect(await rebuildByHand('SHIPPED_LIVE')).toMatchObject({ state: 'COMPLETE' })
    expect(requested('tag')).toEqual([])
  })
})

describe('content sets that are missing', () => {
  it('are composed once for all builds that lack the same content sets (A32)', async () => {
    await start(withoutOldContent)
    world.ship(CRITICAL)
    const event = await pipeline.untilEnded(CRITICAL)
    expect(event).toMatchObject({ state: 'COMPLETE' })
    const sources = requested('pulp').map((compose) => compose.source)
    expect(new Set(sources).size).toBe(sources.length)
    expect(sources.length).toBeLessThan(event.builds.length / 2)
    expect(submitted()).toHaveLength(event.builds.length)
    for (const opts of submitted()) expect(opts.compose_ids?.some((id) => pulpIds().has(id))).toBe(true)
  })

  it('are awaited even if every message about composes is lost', async () => {
    await start(withoutOldContent)
    world.bus.dropMatching((message) => message.topic.includes('odcs'))
    world.ship(CRITICAL)
    expect(await pipeline.untilEnded(CRITICAL)).toMatchObject({ state: 'COMPLETE' })
  })

  it('fail the builds that need them when the compose fails', async () => {
    await start(withoutOldContent)
    world.lab.world.odcs.failNext = 99
    world.ship(CRITICAL)
    const event = await pipeline.untilEnded(CRITICAL)
    const [compose] = requested()
    expect(event.state).toBe('FAILED')
    expect(event.builds.map((build) => build.stateReason)).toContain(
      `ODCS compose ${compose?.id} is in failed state.`,
    )
    expect(submitted()).toEqual([])
  })

  it('are not really requested in a dry run', async () => {
    await start(withoutOldContent, { DRY_RUN: '1' })
    world.ship(CRITICAL)
    expect(await pipeline.untilEnded(CRITICAL)).toMatchObject({ state: 'COMPLETE' })
    expect(requested()).toEqual([])
    expect(submitted()).toEqual([])
    const [row] = await pipeline.ctx.db
      .fork()
      .execute<{ id: number }[]>('select max(odcs_compose_id) as id from composes')
    expect(row?.id).toBe(-1)
  })
})
