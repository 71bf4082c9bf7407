/** Shows when an event is forecast to be done, and which images that depends on. */
import { html } from 'hono/html'
import { lastForecasts } from '../../../db/queries/forecast/stored-forecasts.ts'
import { criticalIds } from '../../graph/critical-path.ts'
import { outlookOf } from '../../progress.ts'
import { type Html, NOTHING, time } from '../../words.ts'
import type { EventView } from './view.ts'

/** Images of the critical path that are named. */
const SHOWN = 5

const SENTENCES = {
  ahead: ({ p50, p90 }) => html`Done about ${time(p50)}, at the latest ${time(p90)} in nine of ten cases.`,
  soon: ({ p90 }) => html`Done soon, at the latest ${time(p90)} in nine of ten cases.`,
  overdue: ({ p90 }) =>
    html`Overdue: it was expected to be done by ${time(p90)}, and has not been forecast since.`,
} as const satisfies Record<ReturnType<typeof outlookOf>, (forecast: { p50: Date; p90: Date }) => Html>

/** The part `forecast`; nothing once the event has ended, or before its first forecast. */
export async function forecastPart({ ctx, event, builds }: EventView): Promise<Html> {
  const forecast = event.timeDone ? undefined : (await lastForecasts(ctx.db.fork(), [event.id])).get(event.id)
  if (!forecast) return NOTHING
  const nameOf = new Map(builds.map(({ id, name }) => [id, name]))
  const path = criticalIds(builds).flatMap((id) => nameOf.get(id) ?? [])
  const shown = path.slice(0, SHOWN).join(' → ')
  const more = path.length > SHOWN ? ` and ${path.length - SHOWN} more` : ''
  return html`<p>${SENTENCES[outlookOf(forecast, ctx.now())](forecast)}</p>
${path.length > 0 ? html`<p class="note">Critical path (marked in the graph): ${shown}${more}</p>` : NOTHING}`
}
