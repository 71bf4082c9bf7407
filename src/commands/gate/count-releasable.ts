/** Counts the rebuilt images of an event that may go out, for an answer that does not wait long for their decisions. */
import { releaseGates } from '../../config/gate.ts'
import type { Context } from '../../context.ts'
import { rebuiltImages } from '../../db/queries/decisions/release-decisions.ts'
import { type ReleaseState, worstOf } from '../../domain/gate/release/release-state.ts'
import { withinTime } from '../../lib/async/deadline.ts'
import type { Releases } from './decide-releases.ts'

/** The number of images of an event that may go out, including waived ones; null without release gates, or if deciding takes too long. */
export type CountReleasable = (eventId: number) => Promise<number | null>

/** A service that does not answer holds a decision up for a minute. */
const PATIENCE_MS = 2000
const FREE: readonly (ReleaseState | undefined)[] = ['may go out', 'waived']

/** Create one per process: readers of one event share the work, which continues when it takes long, so that later ones get it. */
export function createReleasableCount(
  { db, settings }: Pick<Context, 'db' | 'settings'>,
  releases: Pick<Releases, 'decide'>,
): CountReleasable {
  const gates = releaseGates(settings)
  const underWay = new Map<number, Promise<number>>()

  async function count(eventId: number): Promise<number> {
    const images = await rebuiltImages(db.fork(), eventId)
    const decisions = await releases.decide(
      images.map(({ nvr }) => nvr),
      gates,
    )
    return decisions.filter((made) => FREE.includes(worstOf(made.map(({ state }) => state)))).length
  }

  function begin(eventId: number): Promise<number> {
    const counting = count(eventId)
    underWay.set(eventId, counting)
    const forget = () => underWay.delete(eventId)
    counting.then(forget, forget)
    return counting
  }

  return async (eventId) => {
    if (gates.length === 0) return null
    const counting = underWay.get(eventId) ?? begin(eventId)
    return withinTime(counting, PATIENCE_MS).catch(() => null)
  }
}
