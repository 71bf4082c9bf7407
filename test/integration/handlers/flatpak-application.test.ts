/** Flatpaks against the lab: what is rebuilt, every reason for skipping the event, odd records, and trouble (6.8). */
import { describe, expect, it } from 'vitest'
import { FIXED_IMAGE_LIBS } from '../../../lab/catalogue/images-flatpaks.ts'
import { EventDependency } from '../../../src/db/entities/event.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { moduleBuild } from '../../../src/domain/rebuild/discover/flatpaks/module.ts'
import { NotReady } from '../../../src/lib/errors.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import {
  CALENDAR,
  FLATPAK_ADVISORY,
  flatpaksForTest,
  SCANNER,
  SKETCHBOOK,
  SLIDESHOW,
} from '../../support/rebuild/flatpaks.ts'

const RUNTIME = 'flatpak-runtime:rhel8:8090020260815093000:5c5d3f5e'
const FIXED = moduleBuild(FIXED_IMAGE_LIBS)
const MODULE = 'image-libs-rhel8-8090020261101080001.9e153712'
const requested = (...nvrs: string[]) => ({
  eventTypeId: EVENT_TYPES.FlatpakApplicationManualBuildEvent,
  manualTriggered: true,
  requestedRebuilds: nvrs.join(' '),
})
const originals = ({ builds }: { builds: { originalNvr: string }[] }) =>
  builds.map(({ originalNvr }) => originalNvr).sort()
const skipped = (reason: string) => ({
  state: 'SKIPPED',
  stateReason: `${reason} message_id: message-1`,
  builds: [],
})

type Flatpaks = Awaited<ReturnType<typeof flatpaksForTest>>

function answerIndex({ world }: Flatpaks, images: unknown): void {
  world.mutate = (service, _operation, json) => (service === 'flatpak-index' ? { Images: images } : json)
}

describe('flatpaks with a module of the advisory', () => {
  it('are rebuilt from its fixed build; the others have the reason why they are not', async () => {
    const event = await (await flatpaksForTest()).run()
    expect(event).toMatchObject({ state: 'BUILDING', stateReason: 'Rebuilding 1 container images.' })
    const [build] = event.builds
    expect(build).toMatchObject({
      originalNvr: SKETCHBOOK,
      state: 'PLANNED',
      args: {
        repository: 'containers/sketchbook',
        target: 'rhel-8-containers-candidate',
        original_parent: null,
        renewed_odcs_compose_ids: [101],
        flatpak: true,
        isolated: true,
      },
    })
    expect(event.needs).toEqual([
      expect.objectContaining({
        type: 'module',
        source: `${RUNTIME} ${FIXED}`,
        arches: ['aarch64', 'x86_64'],
      }),
    ])
    expect(event.why).toEqual({
      [SKETCHBOOK]: expect.stringMatching(
        /^directly-affected: RHSA-2026:9171-01: libraster-.* is older than libraster-.*; registry.example.com\/desktop\/sketchbook:latest is rebuilt automatically$/,
      ),
      [SLIDESHOW]: expect.stringMatching(/^auto-rebuild-tag: .*desktop\/slideshow/),
      [SCANNER]: expect.stringMatching(/^rpm-version: none of its RPMs is older/),
    })
  })

  it('are rebuilt on request whatever their tags, but not when they have the fix or another module', async () => {
    const flatpaks = await flatpaksForTest()
    const event = await flatpaks.run(requested(SLIDESHOW, SCANNER, CALENDAR))
    expect(originals(event)).toEqual([SLIDESHOW])
    expect(event.why).toEqual({
      [SLIDESHOW]: expect.stringMatching(/^directly-affected: .*; its rebuild was requested$/),
      [SCANNER]: expect.stringMatching(/^rpm-version: /),
      [CALENDAR]: expect.stringMatching(/^not-in-index: it was requested/),
    })
  })

  it('share one compose when they were built from the same modules, and get none when they were built without', async () => {
    const flatpaks = await flatpaksForTest()
    flatpaks.change(SLIDESHOW, { composeIds: [110] })
    const shared = await flatpaks.run(requested(SKETCHBOOK, SLIDESHOW))
    expect(originals(shared)).toEqual([SKETCHBOOK, SLIDESHOW])
    expect(shared.needs).toHaveLength(1)

    flatpaks.change(SKETCHBOOK, { composeIds: [101] })
    flatpaks.change(SLIDESHOW, { composeIds: [] })
    const without = await flatpaks.run({ ...requested(SKETCHBOOK, SLIDESHOW), messageId: 'message-2' })
    expect(without.needs).toEqual([])
    expect(without.builds.map(({ args }) => args.renewed_odcs_compose_ids)).toEqual([[101], null])
  })

  it('that an event it depends on has rebuilt are not built again', async () => {
    const flatpaks = await flatpaksForTest()
    const earlier = await makeEvent(flatpaks.ctx, { state: 'COMPLETE' })
    const rebuilt = 'sketchbook-container-3.2-7.1700000000'
    await makeBuild(flatpaks.ctx, earlier, { state: 'DONE', originalNvr: SKETCHBOOK, rebuiltNvr: rebuilt })
    const event = await flatpaks.open()
    await flatpaks.ctx.db.fork().insert(EventDependency, { event, eventDependency: earlier })
    expect(await flatpaks.handle(event)).toMatchObject(
      skipped('Images are no longer impacted by the advisory.'),
    )
  })
})

describe('flatpaks that an earlier event of the advisory has rebuilt', () => {
  /** An event whose flatpaks are done, and what later messages lead to. */
  async function rebuilt() {
    const flatpaks = await flatpaksForTest()
    const first = await flatpaks.open()
    expect(originals(await flatpaks.handle(first))).toEqual([SKETCHBOOK])
    const em = flatpaks.ctx.db.fork()
    await em.execute('update artifact_builds set state = 1, build_id = 7')
    await em.execute('update events set state = 2')
    const again = (fields: object = {}) => flatpaks.run({ messageId: 'message-2', ...fields })
    return { em, again }
  }

  it('are not built again when the message comes again', async () => {
    const event = await (await rebuilt()).again()
    expect(event).toMatchObject({
      state: 'SKIPPED',
      stateReason: 'Images are no longer impacted by the advisory. message_id: message-2',
      builds: [],
    })
    expect(event.why[SKETCHBOOK]).toMatch(/^already-rebuilt: /)
  })

  it('are built again when the module was rebuilt since then', async () => {
    const { em, again } = await rebuilt()
    await em.execute(`update event_findings set fixed_rpms = '["libraster-1.0-1.module+el8.9.0+1+a"]'`)
    expect(originals(await again())).toEqual([SKETCHBOOK])
  })

  it.each([
    ['by name', requested(SKETCHBOOK)],
    ['with all that is rebuilt', { requesterMetadata: '{"skip_rebuilt": false}' }],
  ])('are built again when they are requested %s', async (_how, fields) => {
    expect(originals(await (await rebuilt()).again(fields))).toEqual([SKETCHBOOK])
  })
})

describe('the event is skipped', () => {
  it('when the index lists no image for the modules', async () => {
    const flatpaks = await flatpaksForTest()
    flatpaks.world.images = flatpaks.world.images.filter(({ flatpak }) => !flatpak)
    expect(await flatpaks.run()).toMatchObject(skipped('No images are impacted by the advisory.'))
  })

  it('when it lists none of those requested', async () => {
    const event = await (await flatpaksForTest()).run(requested(CALENDAR, 'other-1-1'))
    const text =
      'None of the specified images are listed in flatpak index service as latest published images ' +
      `impacted by the advisory: ${CALENDAR}, other-1-1.`
    expect(event).toMatchObject(skipped(text))
    expect(Object.keys(event.why)).toEqual([CALENDAR, 'other-1-1'])
  })

  it('when no image is rebuilt automatically', async () => {
    const flatpaks = await flatpaksForTest()
    answerIndex(flatpaks, [{ ImageNvr: SLIDESHOW }, { ImageNvr: 'gone-1-1' }])
    const event = await flatpaks.run()
    expect(event).toMatchObject(skipped('No images impacted by the advisory are enabled for auto rebuild.'))
    expect(event.why['gone-1-1']).toMatch(/^not-in-catalogue: /)
  })

  it('when all of them have the fix', async () => {
    const flatpaks = await flatpaksForTest()
    answerIndex(flatpaks, [{ ImageNvr: SCANNER }])
    expect(await flatpaks.run()).toMatchObject(skipped('Images are no longer impacted by the advisory.'))
  })
})

describe('an odd record', () => {
  it('of the index costs only itself, and the gap is named', async () => {
    const flatpaks = await flatpaksForTest()
    answerIndex(flatpaks, [null, { ImageNvr: 7 }, { ImageNvr: SKETCHBOOK }, { ImageNvr: SKETCHBOOK }])
    const event = await flatpaks.run()
    expect(originals(event)).toEqual([SKETCHBOOK])
    expect(event.why[MODULE]).toMatch(
      /^unreadable-index: flatpaks may be missing: 2 records of the flatpak index/,
    )
  })

  it('in place of the whole list leaves a gap too', async () => {
    const flatpaks = await flatpaksForTest()
    flatpaks.world.mutate = (service, _operation, json) =>
      service === 'flatpak-index' ? ([7] as never) : json
    const event = await flatpaks.run()
    expect(event).toMatchObject(skipped('No images are impacted by the advisory.'))
    expect(event.why[MODULE]).toMatch(/^unreadable-index: flatpaks may be missing: flatpak-index: /)
  })

  it('of the build of a module leaves a gap', async () => {
    const flatpaks = await flatpaksForTest()
    for (const build of flatpaks.world.koji.builds.values()) if (build.module) delete build.module
    const event = await flatpaks.run()
    expect(event).toMatchObject(skipped('No images are impacted by the advisory.'))
    expect(event.why[MODULE]).toMatch(/^unreadable-module: .*it has no modulemd/)
  })

  it('of an original compose fails that build alone, since what is in it is not known', async () => {
    const flatpaks = await flatpaksForTest()
    flatpaks.change(SLIDESHOW, { composeIds: [998, 110, 999] })
    const event = await flatpaks.run(requested(SKETCHBOOK, SLIDESHOW))
    expect(event.state).toBe('BUILDING')
    const failed = event.builds.find(({ originalNvr }) => originalNvr === SLIDESHOW)
    expect(failed).toMatchObject({
      state: 'FAILED',
      stateReason:
        'Cannot resolve the container image: ODCS does not know its compose 998; ODCS does not know its compose 999',
    })
  })
})

it('repositories of which the answer cannot be read cost only the flatpaks in them', async () => {
  const flatpaks = await flatpaksForTest()
  flatpaks.world.mutate = (service, operation, json) =>
    service === 'pyxis' && operation === 'find_repositories' && JSON.stringify(json).includes('slideshow')
      ? { data: { find_repositories: { data: 'odd' } } }
      : json
  const event = await flatpaks.run()
  expect(originals(event)).toEqual([SKETCHBOOK])
  expect(event.why[SLIDESHOW]).toMatch(/^unreadable-offers: /)
})

describe('trouble', () => {
  it.each(['errata', 'flatpak-index', 'pyxis', 'koji', 'odcs'] as const)(
    'of %s is waited for, and the event goes on afterwards',
    async (service) => {
      const flatpaks = await flatpaksForTest()
      const event = await flatpaks.open()
      flatpaks.world.faults.push({ service, kind: 'status', status: 503 })
      await expect(flatpaks.handle(event)).rejects.toThrow(NotReady)
      flatpaks.world.faults.length = 0
      expect(await flatpaks.handle(event)).toMatchObject({ state: 'BUILDING' })
    },
  )
})

it('an advisory that the Errata Tool does not know ends the event FAILED', async () => {
  const flatpaks = await flatpaksForTest()
  flatpaks.world.advisories.delete(FLATPAK_ADVISORY)
  expect(await flatpaks.run()).toMatchObject({
    state: 'FAILED',
    stateReason: expect.stringContaining(`The Errata Tool does not know advisory ${FLATPAK_ADVISORY}.`),
  })
})
