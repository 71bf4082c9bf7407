/** Finds advisories that have shipped and have no event, because their message never came or could not be read (decision 0028). */
import type { ErrataClient } from '../clients/errata/client.ts'
import type { ShippedAdvisory } from '../clients/errata/schema.ts'
import { required } from '../clients/required.ts'
import type { Context } from '../context.ts'
import { type WholeEvents, wholeEventsOf } from '../db/queries/events.ts'
import { EVENT_TYPES } from '../domain/event.ts'
import { shippedEventType } from '../domain/rebuild/intake/event-type.ts'
import { handlerFor, whyOff } from '../handlers/index.ts'
import type { Cache } from '../lib/cache.ts'
import { isOdd } from '../lib/errors.ts'

/** Max number of pages that one search fetches from the Errata Tool. */
const MAX_PAGES = 25
const MAX_FETCHED = 500

/** `searched`: shipped advisories that were looked at, the newest first; `complete`: those are all, and all could be read. */
export type Missed = { items: ShippedAdvisory[]; searched: number; complete: boolean }

/** How long the fetched day of shipping of an advisory is cached; an advisory may ship again. */
const KNOWN_MS = 6 * 3_600_000

/** `known`: shipped advisories that need not be fetched again; those that are fetched are added. `maxMs`: no page is read after it. */
type SearchOptions = { known?: Cache<ShippedAdvisory>; maxMs?: number }

/** The kinds of event that a shipped advisory may open. */
const TYPES = [EVENT_TYPES.ErrataAdvisoryStateChangedEvent, EVENT_TYPES.BotasErrataShippedEvent]

/**
 * Advisories shipped at or after `since` that something here would rebuild for.
 * @throws UpstreamError when the Errata Tool cannot be queried, NotReady when it is not configured
 */
export async function missedAdvisories(
  ctx: Context,
  since: Date,
  { known, maxMs = Number.POSITIVE_INFINITY }: SearchOptions = {},
): Promise<Missed> {
  const { errata } = required(ctx.clients, 'errata')
  const endsAt = performance.now() + maxMs
  const items: ShippedAdvisory[] = []
  const seen = new Set<number>() // an advisory that ships meanwhile moves others to the next page
  let fetched = 0
  let areReadable = true
  const readable = async <T>(id: number, read: Promise<T>): Promise<T | null> => {
    try {
      return await read
    } catch (error) {
      if (!isOdd(error)) throw error
      ctx.log.warn({ advisory: id, reason: error.message }, 'could not read a shipped advisory')
      areReadable = false
      return null
    }
  }
  const shipped = async (id: number) => {
    const advisory = known?.get(String(id)) ?? (await errata.shipped(id))
    if (advisory?.shippedAt) known?.set(String(id), advisory, KNOWN_MS)
    return advisory
  }
  for (let page = 1; ; page += 1) {
    const { advisories, unreadable, pages } = await errata.shippedPage(page)
    const fresh = advisories.filter(({ id }) => !seen.has(id))
    for (const { id } of fresh) seen.add(id)
    const handled = fresh.filter(({ contentTypes }) => openableTypes(ctx, contentTypes).length > 0)
    const keys = handled.map(({ id }) => String(id))
    const events = await wholeEventsOf(ctx.db.fork(), keys, ctx.settings.env.DRY_RUN)
    const unknown = handled.filter(({ id }) => !events.get(String(id))?.byShipping)
    const found = await Promise.all(unknown.map(({ id }) => readable(id, shipped(id))))
    const late = found
      .filter((each) => each !== null)
      .filter(({ shippedAt }) => !shippedAt || shippedAt >= since)
      .filter(({ id, shippedAt }) => !isCovered(events.get(String(id)), shippedAt))
    const opens = await Promise.all(
      late.map((advisory) => readable(advisory.id, opensEvent(ctx, errata, advisory))),
    )
    items.push(...late.filter((_advisory, index) => opens[index]))
    fetched += unknown.length
    const complete = page >= pages
    const isEmpty = advisories.length + unreadable.length === 0
    const isEnough = page >= MAX_PAGES || fetched >= MAX_FETCHED || performance.now() >= endsAt
    if (complete || isEmpty || isEnough)
      return { items, searched: seen.size, complete: complete && areReadable }
  }
}

/** Whether a request after it shipped covers it. An earlier one has rebuilt what was published then, and does not replace the event. */
function isCovered(events: WholeEvents | undefined, shippedAt: Date | null): boolean {
  if (!events) return false
  return !shippedAt || !events.newest || events.newest >= shippedAt
}

/** The types of event that an advisory with these content types may open, as far as their handlers are on. */
function openableTypes(ctx: Context, contentTypes: readonly string[]): number[] {
  return TYPES.filter((type) => {
    const handler = handlerFor(type, contentTypes)
    return handler !== undefined && whyOff(handler, ctx.settings.env) === undefined
  })
}

/** The reporter decides the type of its event, and is fetched only where that matters. */
async function opensEvent(ctx: Context, errata: ErrataClient, { id, contentTypes }: ShippedAdvisory) {
  const types = openableTypes(ctx, contentTypes)
  if (types.includes(EVENT_TYPES.ErrataAdvisoryStateChangedEvent)) return true
  const summary = await errata.summary(id)
  return summary !== null && types.includes(EVENT_TYPES[shippedEventType(summary)])
}
