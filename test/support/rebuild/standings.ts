/** Checks that everything in an event has a reason: each considered image, and each build (decision 0039). */
import { findStandings } from '../../../src/commands/find-standings.ts'
import type { Context } from '../../../src/context.ts'
import { waitsOfEvent } from '../../../src/db/queries/waits.ts'
import type { Standing } from '../../../src/domain/rebuild/standing.ts'
import { standingText } from '../../../src/domain/rebuild/standing-text.ts'
import { isTerminalBuildState } from '../../../src/domain/rebuild/states.ts'

type StandingContext = Parameters<typeof findStandings>[0] & Pick<Context, 'settings'>

/** The standings of all builds of an event by the ids of the builds. */
export async function readStandings(ctx: StandingContext, eventId: number): Promise<Map<number, Standing>> {
  const waits = await waitsOfEvent(ctx.db.fork(), eventId, ctx.settings.env.POLL_INTERVAL_MS)
  const found = await findStandings(ctx, eventId, { nvr: undefined, waits })
  return new Map(found.map(({ build, standing }) => [build.id, standing]))
}

/** @throws Error naming the images and builds of the event (in any state) that have no reason */
export async function checkAllExplained(ctx: StandingContext, eventId: number): Promise<void> {
  const em = ctx.db.fork()
  const silent = `select nvr from considered_images where event_id = ? and (reason = '' or rule = '')`
  const images = await em.execute<{ nvr: string }[]>(silent, [eventId])
  const [row] = await em.execute<{ builds: number }[]>(
    'select count(*)::int as builds from artifact_builds where event_id = ?',
    [eventId],
  )
  const waits = await waitsOfEvent(em, eventId, ctx.settings.env.POLL_INTERVAL_MS)
  const found = await findStandings(ctx, eventId, { nvr: undefined, waits })
  const unexplained = found.filter(({ build, standing }) => {
    const sentence = standingText(standing)
    // Texts of services may contain any words.
    const quoted = [build.stateReason, build.failureDetail, ...build.waits.map(({ detail }) => detail)]
    const ownWords = quoted.reduce<string>(
      (rest, text) => (text ? rest.replaceAll(text, '') : rest),
      sentence,
    )
    const isReadable = sentence.length > 5 && !/undefined|\bnull\b|Invalid Date/.test(ownWords)
    return !isReadable || (isTerminalBuildState(build.state) && standing.isReady)
  })
  if (images.length > 0 || unexplained.length > 0 || found.length < (row?.builds ?? 0))
    throw new Error(`event ${eventId}: no reason for ${JSON.stringify({ images, unexplained })}`)
}
