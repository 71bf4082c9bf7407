/** Flatpak events against the lab: discovery and planning without workers. */
import { onTestFinished } from 'vitest'
import type { LabImage } from '../../../lab/catalogue/entry.ts'
import { startLab } from '../../../lab/start.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { makeEvent } from '../../factories.ts'
import { createTestContext } from '../context.ts'
import { type PlannedEvent, planEvent } from './planned-event.ts'

/** The advisory in testing with a module that flatpaks contain, and these: one is rebuilt, the others are not. */
export const FLATPAK_ADVISORY = 133005
export const SKETCHBOOK = 'sketchbook-container-3.2-7'
export const SLIDESHOW = 'slideshow-container-1.1-12'
export const SCANNER = 'scanner-container-2.0-3'
export const CALENDAR = 'calendar-container-5.4-1'

const SETTINGS = 'koji_requests_per_second: 1000\nrequest_attempts: 1'

/** An event after discovery and planning; `needs`: the composes to request. */
export type FlatpakOutcome = PlannedEvent & { needs: { type: string; source: string; arches: string[] }[] }

/** Starts a lab for one test. */
export async function flatpaksForTest() {
  const lab = await startLab()
  onTestFinished(lab.stop)
  const ctx = await createTestContext(lab.urls, SETTINGS)
  onTestFinished(ctx.drop)
  const { world } = lab

  /** Changes an image, in the catalogue and in its build. */
  function change(nvr: string, over: Partial<LabImage>): void {
    world.images = world.images.map((image) => (image.nvr === nvr ? { ...image, ...over } : image))
    for (const build of world.koji.builds.values())
      if (build.nvr === nvr && build.image) build.image = { ...build.image, ...over }
  }

  /** Opens an event of the advisory without handling it. */
  function open(fields: Parameters<typeof makeEvent>[1] = {}): Promise<number> {
    return makeEvent(ctx, {
      state: 'INITIALIZED',
      searchKey: String(FLATPAK_ADVISORY),
      eventTypeId: EVENT_TYPES.FlatpakModuleAdvisoryReadyEvent,
      messageId: 'message-1',
      ...fields,
    })
  }

  /** Handles an event up to its plan. */
  async function handle(eventId: number): Promise<FlatpakOutcome> {
    const event = await planEvent(ctx, eventId)
    const rows = await ctx.db
      .fork()
      .execute<{ need: FlatpakOutcome['needs'][number] }[]>(
        'select need from compose_requests where event_id = ? order by id',
        [eventId],
      )
    return { ...event, needs: rows.map(({ need }) => need) }
  }

  const run = async (fields: Parameters<typeof makeEvent>[1] = {}) => handle(await open(fields))
  return { lab, world, ctx, change, open, handle, run }
}
