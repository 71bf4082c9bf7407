/** The first page: advisories and what became of each, newest first, with filters and a search. */
import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import type { Context } from '../../context.ts'
import { lastForecasts } from '../../db/queries/forecast/stored-forecasts.ts'
import { eventAdvisories } from '../../db/queries/pages/event-advisories.ts'
import { firstFailures, searchEvents, waitsOfEvents } from '../../db/queries/pages/search-events.ts'
import { eventList } from '../../db/queries/records/event-list.ts'
import { type MinEventRecord, minEventsByIds } from '../../db/queries/records/event-rows.ts'
import { selectPage } from '../../db/queries/records/select-page.ts'
import { EVENT_STATES, type EventState, eventStateName, eventTypeName } from '../../domain/event.ts'
import { keysOf } from '../../domain/keys-of.ts'
import type { AdvisorySummary } from '../../domain/rebuild/images/advisory.ts'
import type { PageEnv, PageRequest } from '../door.ts'
import { requestedParts, UNREPORTED_MS } from '../live-parts.ts'
import { showPage } from '../page.ts'
import { emptyPage, listPage, pager, windowOf } from '../paging.ts'
import { headLine, namedCounts, outlookOf, progressBar } from '../progress.ts'
import { type Html, NOTHING, STATES, severityMark, shortened, stateMark, time } from '../words.ts'

const PER_PAGE = 25
const MAX_TEXT = 200
const STATE_NAMES = keysOf(EVENT_STATES)

/** `/ui`: `q` is what is searched for, `state` may be repeated. */
export function addAdvisories(pages: Hono<PageEnv>, ctx: Context): void {
  pages.get('/', async (c) => {
    const em = ctx.db.fork()
    const text = (c.req.query('q') ?? '').trim().slice(0, MAX_TEXT)
    const chosen = STATE_NAMES.filter((name) => c.req.queries('state')?.includes(name))
    const states = chosen.map((name) => EVENT_STATES[name])
    const page = listPage(c, PER_PAGE)
    const { ids, total } = await (text === ''
      ? selectPage(
          em,
          eventList({ state: states.length > 0 ? states : undefined }, { key: 'id', descending: true }),
          windowOf(page),
        )
      : searchEvents(em, { text, states }, windowOf(page)))
    const events = await minEventsByIds(em, ids)
    const waits = await waitsOfEvents(em, ids)
    const failures = await firstFailures(em, ids)
    const advisories = await eventAdvisories(em, ids)
    const forecasts = await lastForecasts(em, ids)
    const rows = events.map((event) =>
      row(c, event, {
        waits: waits.get(event.id) ?? [],
        failure: failures.get(event.id),
        advisory: advisories.get(event.id),
        forecast: forecasts.get(event.id),
        now: ctx.now(),
      }),
    )
    const list = html`<table class="list">
<thead><tr><th scope="col">Advisory</th><th scope="col">Severity</th><th scope="col">State</th><th scope="col">Images</th><th scope="col">Done</th><th scope="col">Opened</th><th scope="col">What went wrong</th></tr></thead>
<tbody>${rows.length > 0 ? rows : html`<tr><td colspan="7">${emptyPage(c, page, nothingFound(text, chosen))}</td></tr>`}</tbody>
</table>`
    const parts = await requestedParts(c, { list: () => list })
    if (parts) return parts
    const body = html`<h1>Advisories</h1>
${filters(c, text, chosen)}
<div class="scroll" id="list" tabindex="0" role="region" aria-label="Table of advisories" data-live data-stream="${c.get('caller').prefix}/api/2/stream" data-refresh="${UNREPORTED_MS}">${list}</div>
${pager(c, page, total, 'event')}`
    return showPage(c, { title: 'Advisories', section: 'advisories', body, scripts: ['live.js'] })
  })
}

function filters(c: PageRequest, text: string, chosen: readonly EventState[]): Html {
  const boxes = STATE_NAMES.map(
    (name) =>
      html`<label><input type="checkbox" name="state" value="${name}"${chosen.includes(name) ? raw(' checked') : ''}> ${STATES[name].word}</label>\n`,
  )
  return html`<form class="filters" role="search" action="${c.get('caller').prefix}/ui">
<label for="q">Advisory, CVE, image or NVR</label>
<input id="q" type="search" name="q" value="${text}" maxlength="${MAX_TEXT}" autocomplete="off">
<fieldset><legend>State</legend>${boxes}</fieldset>
<button>Show</button>
</form>`
}

function nothingFound(text: string, chosen: readonly EventState[]): string {
  if (text === '' && chosen.length > 0) return 'No events in the selected states.'
  if (text === '') return 'Nothing yet: an event opens when an advisory ships.'
  return `Nothing matches "${text}". Search for the number or name of an advisory, a CVE, the beginning of an image's name, or a complete NVR.`
}

/** What else is known of an event. */
type Known = {
  waits: readonly (string | null)[]
  failure: { nvr: string; reason: string | null } | undefined
  advisory: AdvisorySummary | undefined
  forecast: { p50: Date; p90: Date } | undefined
  now: Date
}

function row(c: PageRequest, event: MinEventRecord, found: Known): Html {
  const state = eventStateName(event.state) ?? 'FAILED'
  const counts = namedCounts(event.buildCounts)
  return html`<tr data-event="${event.id}">
<th scope="row"><a href="${c.get('caller').prefix}/ui/events/${event.id}">${event.searchKey}</a><small>${kindOf(event)}</small></th>
<td>${found.advisory ? severityMark(found.advisory.severity) : NOTHING}</td>
<td>${stateMark(state)}</td>
<td class="progress">${progressBar(counts)}<small>${headLine(counts)}</small></td>
<td data-label="Done">${doneCell(event, found)}</td>
<td data-label="Opened">${time(event.timeCreated)}</td>
<td class="wrong">${trouble(state, event.stateReason, found)}</td>
</tr>\n`
}

/** When it ended, or when it is expected to. */
function doneCell({ timeDone }: MinEventRecord, { forecast, now }: Known): Html {
  if (timeDone) return time(timeDone)
  if (!forecast) return NOTHING
  const outlook = outlookOf(forecast, now)
  return outlook === 'ahead' ? html`about ${time(forecast.p50)}` : outlook
}

/** How the event came about, in a few words. */
function kindOf({ eventTypeId, requester, dryRun }: MinEventRecord): string {
  const words = (eventTypeName(eventTypeId) ?? '').replace(/Event$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
  return `${words}${requester === null ? '' : ` by ${requester}`}${dryRun ? ', dry run' : ''}`
}

/** What the event waits for, the reason why it failed or was skipped, or the reason why its first failed image did. */
function trouble(state: EventState, reason: string | null, { waits, failure }: Known): Html {
  if (waits.length > 0)
    return `Waits for ${waits.map((service) => service ?? 'a verification').join(' and ')}`
  if (state === 'FAILED' || state === 'SKIPPED') return shortened(reason)
  return failure ? html`<b>${failure.nvr}</b>: ${shortened(failure.reason ?? 'failed')}` : NOTHING
}
