/** Flatpak events against the lab: discovery and planning without workers. */
import { onTestFinished } from 'vitest'
import type { LabImage } from '../../../lab/catalogue/entry.ts'
import { startLab } from '../../../lab/start.ts'
import { recordPlan } from '../../../src/commands/plan/record-plan.ts'
import { EVENT_TYPES } from '../../../src/domain/event.ts'
import { discover } from '../../../workers/discover.ts'
import { attempt } from '../../../workers/run/attempt.ts'
import { makeEvent } from '../../factories.ts'
import { createTestContext } from '../context.ts'
import { type EndedEvent, readEvent } from '../database/events.ts'

/** The advisory in testing with a module that flatpaks contain, and these: one is rebuilt, the others are not. */
export const FLATPAK_ADVISORY = 133005
export const SKETCHBOOK = 'sketchbook-container-3.2-7'
export const SLIDESHOW = 'slideshow-container-1.1-12'
export const SCANNER = 'scanner-container-2.0-3'
export const CALENDAR = 'calendar-container-5.4-1'

const SETTINGS = 'koji_requests_per_second: 1000\nrequest_attempts: 1'

/** An event after discovery and planning; `why`: what became of each image; `needs`: the composes to request. */
export type FlatpakOutcome = EndedEvent & {
  why: Record<string, string>
  needs: { type: string; source: string; arches: string[] }[]
}

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
    await attempt(ctx, { queue: 'discover', worker: discover, payload: { eventId }, isLast: true })
    await recordPlan(ctx, eventId)
    const event = await readEvent(ctx.db, FLATPAK_ADVISORY)
    if (event?.id !== eventId) throw new Error(`Event ${eventId} is not the newest`)
    const rows = <T>(sql: string) => ctx.db.fork().execute<T[]>(sql, [eventId])
    const considered = await rows<{ nvr: string; rule: string; reason: string }>(
      'select nvr, rule, reason from considered_images where event_id = ?',
    )
    const needs = await rows<{ need: FlatpakOutcome['needs'][number] }>(
      'select need from compose_requests where event_id = ? order by id',
    )
    return {
      ...event,
      why: Object.fromEntries(considered.map(({ nvr, rule, reason }) => [nvr, `${rule}: ${reason}`])),
      needs: needs.map(({ need }) => need),
    }
  }

  const run = async (fields: Parameters<typeof makeEvent>[1] = {}) => handle(await open(fields))
  return { lab, world, ctx, change, open, handle, run }
}
