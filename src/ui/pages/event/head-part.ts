/** The head of an event's page: how far it is, its reason, what it waits for, its links, and what may be done. */
import { html } from 'hono/html'
import { eventAdvisories } from '../../../db/queries/pages/event-advisories.ts'
import { resumingEvents, resumptionOf } from '../../../db/queries/planning/resumptions.ts'
import { waitsOfEvent } from '../../../db/queries/waits.ts'
import { eventStateName } from '../../../domain/event.ts'
import { advisoryPage } from '../../../present/links.ts'
import { presentWait } from '../../../present/why.ts'
import { headLine, namedCounts, progressBar } from '../../progress.ts'
import { type Html, NOTHING, outside, severityMark, stateMark, time } from '../../words.ts'
import { buttons } from './changes.ts'
import type { EventView } from './view.ts'

/** Max waits that are shown; more of one kind add nothing new. */
const MAX_WAITS = 5

/** The part `head`. */
export async function headPart(view: EventView): Promise<Html> {
  const { c, ctx, event } = view
  const em = ctx.db.fork()
  const { env } = ctx.settings
  const counts = namedCounts(event.buildCounts)
  const waits = (await waitsOfEvent(em, event.id, env.POLL_INTERVAL_MS)).map(presentWait)
  const advisory = (await eventAdvisories(em, [event.id])).get(event.id)
  const resumes = await resumptionOf(em, event.id)
  const resumedBy = await resumingEvents(em, event.id)
  const link = (id: number) => html`<a href="${c.get('caller').prefix}/ui/events/${id}">event ${id}</a>`
  return html`<div class="title"><h1>${outside(advisoryPage(env, event), event.searchKey)}</h1>${stateMark(eventStateName(event.state) ?? 'FAILED')}</div>
${advisory ? html`<p class="facts">${advisory.name}, ${severityMark(advisory.severity)}${advisory.cves.length > 0 ? `: ${advisory.cves.join(', ')}` : NOTHING}</p>` : NOTHING}
<p class="headline">${headLine(counts)}</p>
${progressBar(counts)}
<p>${event.stateReason ?? NOTHING}</p>
${waits.length > 0 ? html`<ul class="waits">${waits.slice(0, MAX_WAITS).map(({ reason, since }) => html`<li>${reason}, since ${time(since)}</li>`)}${waits.length > MAX_WAITS ? html`<li>and ${waits.length - MAX_WAITS} more</li>` : NOTHING}</ul>` : NOTHING}
<p class="facts">Event ${event.id}, opened ${time(event.timeCreated)}${event.timeDone ? html`, ended ${time(event.timeDone)}` : NOTHING}${event.requester === null ? NOTHING : html`, requested by ${event.requester}`}${event.dryRun ? ', a dry run' : NOTHING}${resumes ? html`. Resumes ${link(resumes.resumes)}` : NOTHING}${resumedBy.map((id) => html`. Resumed by ${link(id)}`)}</p>
${buttons(view)}`
}
