/** One image: its rebuilds over all advisories, how long they took, what it is built on, and what is built on it. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import type { Context } from '../../context.ts'
import { childNames, type ImageBuild, imageHistory } from '../../db/queries/pages/image-history.ts'
import { amount } from '../../domain/amount.ts'
import { taskPage } from '../../present/links.ts'
import type { PageEnv } from '../door.ts'
import { showPage } from '../page.ts'
import { duration, type Html, NOTHING, outside, shortened, stateMark, time } from '../words.ts'

const SHOWN = 200

/** `/ui/images/:name`. */
export function addImage(pages: Hono<PageEnv>, ctx: Context): void {
  pages.get('/images/:name', async (c) => {
    const em = ctx.db.fork()
    const name = c.req.param('name')
    const builds = await imageHistory(em, name, SHOWN)
    const { prefix } = c.get('caller')
    if (builds.length === 0) {
      const body = html`<h1>${name}</h1><p class="message">No event has rebuilt an image with this name.</p>`
      return showPage(c, { title: name, section: 'advisories', body }, 404)
    }
    const children = await childNames(
      em,
      builds.map(({ id }) => id),
    )
    const parents = [...new Set(builds.flatMap(({ parentName }) => parentName ?? []))]
    const link = (image: string) =>
      html`<a href="${prefix}/ui/images/${encodeURIComponent(image)}">${image}</a>`
    const body = html`<h1>${name}</h1>
<p>${parents.length > 0 ? html`Built on ${parents.map((image, index) => html`${index > 0 ? ', ' : ''}${link(image)}`)}.` : 'It was never built on another image of the same event.'}</p>
${children.length > 0 ? html`<details><summary>${amount(children.length, 'image is', 'images are')} built on it</summary><ul>${children.map((image) => html`<li>${link(image)}</li>`)}</ul></details>` : NOTHING}
${chart(builds)}
<h2>Rebuilds</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of rebuilds"><table class="list">
<thead><tr><th scope="col">Advisory</th><th scope="col">State</th><th scope="col">Built from</th><th scope="col">New build</th><th scope="col">Time</th><th scope="col">Ended</th></tr></thead>
<tbody>${builds.map((build) => row(build, prefix, ctx.settings.env.KOJI_BASE_URL))}</tbody></table></div>
${builds.length === SHOWN ? html`<p class="note">The newest ${SHOWN} are shown.</p>` : NOTHING}`
    return showPage(c, {
      title: name,
      section: 'advisories',
      body,
      scripts: ['chart.js'],
      styles: ['uplot.css'],
    })
  })
}

/** Durations as a chart, if there are at least two; the table has the same numbers. Dry runs are left out, as they built nothing. */
function chart(builds: readonly ImageBuild[]): Html {
  const points = builds
    .flatMap(({ state, completedAt, seconds, isDryRun }) =>
      state === 'DONE' && completedAt && seconds !== null && !isDryRun
        ? [[Math.round(completedAt.getTime() / 1000), seconds] as const]
        : [],
    )
    .toSorted(([left], [right]) => left - right)
  if (points.length < 2) return NOTHING
  return html`<h2>Duration</h2><div data-chart="${JSON.stringify(points)}" role="img" aria-label="Durations of the rebuilds; the table has the same numbers"></div>`
}

function row(build: ImageBuild, prefix: string, hub: string | undefined): Html {
  const { eventId, searchKey, state, originalNvr, rebuiltNvr, seconds, completedAt, stateReason } = build
  const task = taskPage(hub, build.taskId)
  const isBuilt = state === 'DONE' && !build.isDryRun
  return html`<tr><th scope="row">${eventId === null ? NOTHING : html`<a href="${prefix}/ui/events/${eventId}">${searchKey}</a>`}</th>
<td>${stateMark(state)}${build.isDryRun ? html`<small>dry run: nothing was built</small>` : NOTHING}${state === 'FAILED' ? html`<small>${shortened(stateReason)}</small>` : NOTHING}</td>
<td data-label="Built from">${originalNvr ?? NOTHING}</td><td data-label="New build">${isBuilt && rebuiltNvr ? `${rebuiltNvr} ` : NOTHING}${task ? outside(task, 'task') : NOTHING}</td>
<td data-label="Time">${seconds === null || !isBuilt ? NOTHING : duration(seconds)}</td><td data-label="Ended">${time(completedAt)}</td></tr>\n`
}
