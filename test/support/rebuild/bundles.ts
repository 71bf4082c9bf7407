/** Bundle events against the lab: discovery and planning without workers, on a history of earlier rebuilds. */
import { onTestFinished } from 'vitest'
import type { Catalogue, LabImage } from '../../../lab/catalogue/entry.ts'
import { startLab } from '../../../lab/start.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { createTestContext } from '../context.ts'
import { type PlannedEvent, planEvent } from './planned-event.ts'

/** The advisory of container images that the tests ship. */
export const BUNDLE_ADVISORY = 133004
/** An image that bundles of the example catalogue refer to, and a rebuild of it. */
export const HTTPD = 'httpd-24-container-1-283'
export const REBUILT = 'httpd-24-container-1-283.1700000000'
export const STOREFRONT = 'storefront-bundle-container-2.3.1-4'

const SETTINGS = `
handler_build_allowlist: {HandleBotasAdvisory: {image: {advisory_content_types: docker}}}
koji_requests_per_second: 1000
request_attempts: 1
`

/** An event after discovery and planning; `overrides`: those of each build, null without any. */
export type BundleOutcome = PlannedEvent & { overrides: unknown[] }

/** Starts a lab for one test; `settings` (YAML) is added to the settings file. */
export async function bundlesForTest({
  settings = '',
  env = {},
  catalogue,
}: {
  settings?: string
  env?: Record<string, string>
  catalogue?: Catalogue
} = {}) {
  const lab = await startLab({ catalogue })
  onTestFinished(lab.stop)
  const ctx = await createTestContext({ ...lab.urls, ...env }, SETTINGS + settings)
  onTestFinished(ctx.drop)
  const { world } = lab

  /** Records that an earlier event rebuilt `original` as `rebuilt`. */
  async function wasRebuilt(original: string, rebuilt: string): Promise<void> {
    const event = await makeEvent(ctx, { state: 'COMPLETE' })
    await makeBuild(ctx, event, { state: 'DONE', originalNvr: original, rebuiltNvr: rebuilt })
  }

  /** Lists a copy of an image under another NVR in the catalogue. */
  function publish(original: string, nvr: string, over: Partial<LabImage> = {}): void {
    const image = world.images.find((candidate) => candidate.nvr === original)
    if (!image) throw new Error(`No image ${original}`)
    const { bundle: _, ...rest } = image
    world.images = [...world.images, { ...rest, nvr, ...over }]
  }

  /** Changes an image of the catalogue. */
  function change(nvr: string, over: Partial<LabImage>): void {
    world.images = world.images.map((image) => (image.nvr === nvr ? { ...image, ...over } : image))
  }

  /** Attaches these builds to the advisory. */
  function attach(nvrs: readonly string[], advisoryId = BUNDLE_ADVISORY, blockedBy: number[] = []): void {
    const advisory = world.advisories.get(BUNDLE_ADVISORY)
    const [build] = advisory?.builds ?? []
    if (!advisory || !build) throw new Error(`No advisory ${BUNDLE_ADVISORY}`)
    const builds = nvrs.map((nvr) => ({ ...build, nvr }))
    world.advisories.set(advisoryId, { ...advisory, id: advisoryId, builds, blockedBy })
  }

  /** The usual case: an earlier event rebuilt httpd, and the advisory ships that. */
  async function shipHttpd(): Promise<void> {
    await wasRebuilt(HTTPD, REBUILT)
    publish(HTTPD, REBUILT)
    attach([REBUILT])
  }

  /** Opens an event of the advisory without handling it. */
  function open(fields: Parameters<typeof makeEvent>[1] = {}): Promise<number> {
    return makeEvent(ctx, {
      state: 'INITIALIZED',
      searchKey: String(BUNDLE_ADVISORY),
      eventTypeId: EVENT_TYPES.BotasErrataShippedEvent,
      messageId: 'message-1',
      ...fields,
    })
  }

  /** Handles an event up to its plan. */
  async function handle(eventId: number): Promise<BundleOutcome> {
    const event = await planEvent(ctx, eventId)
    const rows = await ctx.db
      .fork()
      .execute<{ text: string | null }[]>(
        'select bundle_pullspec_overrides as text from artifact_builds where event_id = ? order by id',
        [eventId],
      )
    return { ...event, overrides: rows.map(({ text }) => JSON.parse(text ?? 'null')) }
  }

  const run = async (fields: Parameters<typeof makeEvent>[1] = {}) => handle(await open(fields))
  return { lab, world, ctx, wasRebuilt, publish, change, attach, shipHttpd, open, handle, run }
}

/** The event of a request to rebuild these bundles. */
export const requested = (...nvrs: string[]) => ({
  eventTypeId: EVENT_TYPES.ManualBundleRebuildEvent,
  manualTriggered: true,
  requestedRebuilds: nvrs.join(' '),
})

/** Why an event with none of these bundles to rebuild is SKIPPED. */
export const NONE_IMPACTED = `No bundle image is impacted by ${BUNDLE_ADVISORY}, skip.`
