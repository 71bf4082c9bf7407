/** Shows why the selected image is rebuilt or not, and how its attempts went. */
import { html } from 'hono/html'
import { findStandings } from '../../../commands/find-standings.ts'
import { attemptsOfBuild, outcomesByNvr } from '../../../db/queries/records/build-details.ts'
import { consideredByIds, consideredList } from '../../../db/queries/records/considered-list.ts'
import { selectPage } from '../../../db/queries/records/select-page.ts'
import { waitsOfEvent } from '../../../db/queries/waits.ts'
import { amount } from '../../../domain/amount.ts'
import { taskPage } from '../../../present/links.ts'
import { presentStanding } from '../../../present/standing.ts'
import { presentAttempt, presentOutcome } from '../../../present/why.ts'
import { withArguments } from '../../paging.ts'
import { type Html, NOTHING, outside, stateMark, time } from '../../words.ts'
import type { EventView } from './view.ts'

/** Images that are not rebuilt, with the reason for each, when none is selected. */
const SHOWN = 50

/** The part `why`: of the image in the query, else of those that are not rebuilt. As `GET /api/2/events/{id}/why`. */
export function whyPart(view: EventView): Promise<Html> {
  const nvr = view.c.req.query('image')
  return nvr === undefined || nvr === '' ? notRebuilt(view) : whyOf(view, nvr)
}

async function whyOf({ c, ctx, event, builds }: EventView, nvr: string): Promise<Html> {
  const em = ctx.db.fork()
  const { env } = ctx.settings
  const { ids } = await selectPage(em, consideredList(event.id, { nvr }), { offset: 0, limit: 1 })
  const [considered] = await consideredByIds(em, ids)
  const found = (await outcomesByNvr(em, event.id, [nvr])).get(nvr)
  const build = found && builds.find(({ id }) => id === found.id)
  const waits = await waitsOfEvent(em, event.id, env.POLL_INTERVAL_MS)
  const outcome = found && presentOutcome(found, waits)
  const [standing] = found ? await findStandings(ctx, event.id, { nvr, waits }) : []
  const attempts = found ? await attemptsOfBuild(em, found.id) : []
  return html`<h3>${nvr}</h3>
<p>${considered ? considered.reason : 'The event has no reason for this image.'}</p>
${build ? html`<p>${stateMark(build.state)} ${outcome?.state_reason ?? NOTHING}</p>` : NOTHING}
${[outcome?.failure_detail, outcome?.note].map((text) => (text ? html`<p class="detail">${text}</p>` : NOTHING))}
${standing ? html`<p class="detail">${presentStanding(standing).sentence}</p>` : NOTHING}
${attempts.length > 0 ? html`<ol>${attempts.map((record) => attemptLine(presentAttempt(record, (id) => taskPage(env.KOJI_BASE_URL, id))))}</ol>` : NOTHING}
<p><a href="${withArguments(c, { image: null })}#why">All images that are not rebuilt</a></p>`
}

function attemptLine({ began, detail, ended, state, task, url }: ReturnType<typeof presentAttempt>): Html {
  return html`<li>${outside(url, `Task ${task}`)}, ${time(began)}${ended === null ? ', running' : html` to ${time(ended)}${state === null ? NOTHING : `, then ${state}`}`}${detail === null ? NOTHING : html`<p class="detail">${detail}</p>`}</li>`
}

async function notRebuilt({ c, ctx, event }: EventView): Promise<Html> {
  const em = ctx.db.fork()
  const { ids, total } = await selectPage(em, consideredList(event.id, { outcome: 'not-rebuilt' }), {
    offset: 0,
    limit: SHOWN,
  })
  if (total === 0) return html`<p class="note">Select an image to see why it is rebuilt.</p>`
  const images = await consideredByIds(em, ids)
  const lines = images.map(
    ({ nvr, reason }) =>
      html`<li><a href="${withArguments(c, { image: nvr })}#why">${nvr}</a>: ${reason}</li>\n`,
  )
  return html`<details><summary>${amount(total, 'image')} considered and not rebuilt</summary><ul>${lines}</ul>${total > SHOWN ? html`<p class="note">The first ${SHOWN} are shown.</p>` : NOTHING}</details>`
}
