/** The page of the queues: a verdict on each, what is due longest, how fast it goes, and what failed. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import { CATALOG } from '../../../../queues/catalog.ts'
import { gatherSigns, silenceLimits } from '../../../commands/gather-signs.ts'
import { taskLimits } from '../../../commands/task-limit.ts'
import type { Context } from '../../../context.ts'
import { MAX_COUNTED } from '../../../db/queries/pages/job-counts.ts'
import { serviceTroubles } from '../../../db/queries/service-troubles.ts'
import { judgeQueue } from '../../../domain/queue-verdict.ts'
import { isAnyWorkerAlive, judgeSilence, type SignsOfLife } from '../../../domain/silence.ts'
import { presentTrouble } from '../../../present/why.ts'
import type { ApiDoor, PageEnv } from '../../door.ts'
import { requestedParts } from '../../live-parts.ts'
import { showPage } from '../../page.ts'
import { type Html, NOTHING, time } from '../../words.ts'
import { gatherQueues, type QueueView } from './gather-queues.ts'

const REFRESH_MS = 5000
/** The titles of the columns behind the verdict. */
const NUMBERS = ['Running', 'Waiting', 'Later', 'Failed', 'Due since', 'Done a minute'] as const

/** What is the same for all queues. `isCapped`: their jobs are counted up to a limit. */
type AllQueues = { now: Date; hasWorkers: boolean; hasTaskLimit: boolean; isCapped: boolean }

/** `/ui/queues`, for those that may operate them. */
export function addQueuesPage(pages: Hono<PageEnv>, ctx: Context, door: ApiDoor): void {
  pages.get('/queues', door.requires('operate-queues'), async (c) => {
    const part = await queuesPart(ctx)
    const parts = await requestedParts(c, { queues: () => part })
    if (parts) return parts
    const body = html`<h1>Queues</h1>
<div id="queues" data-live data-refresh="${REFRESH_MS}">${part}</div>
<p><a href="${c.get('caller').prefix}/queues">All jobs, one by one</a>: inspect, retry or remove them</p>`
    return showPage(c, { title: 'Queues', section: 'queues', body, scripts: ['live.js'] })
  })
}

async function queuesPart(ctx: Context): Promise<Html> {
  const troubles = (await serviceTroubles(ctx.db.fork())).map(presentTrouble)
  const signs = await gatherSigns(ctx)
  const queues = await gatherQueues(ctx, signs.oldestDue)
  const now = ctx.now()
  const ofAll = {
    now,
    hasWorkers: isAnyWorkerAlive(signs, silenceLimits(ctx), now),
    hasTaskLimit: taskLimits(ctx) !== undefined,
    isCapped: ctx.queues.kind === 'postgres',
  }
  return html`${troubles.map(({ service, detail, since, blame }) => html`<p class="message"><b>${service}</b> ${blame === 'account' ? 'refuses our account' : 'is in trouble'} since ${time(since)}: ${detail}</p>`)}
<div class="scroll" tabindex="0" role="region" aria-label="Table of queues"><table class="list">
<thead><tr><th scope="col">Queue</th><th scope="col">Verdict</th>${NUMBERS.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${queues.map((queue) => row(queue, ofAll))}</tbody></table></div>
${silencePart(ctx, signs)}`
}

/** What has been silent for too long, and the worker processes with their last sign of life. */
function silencePart(ctx: Context, signs: SignsOfLife): Html {
  const silences = judgeSilence(signs, silenceLimits(ctx), ctx.now())
  const workers = signs.workers.map(
    ({ host, pid, startedAt, seenAt }) =>
      html`<tr><th scope="row">${pid} on ${host}</th><td data-label="Started">${time(startedAt)}</td><td data-label="Last sign of life">${time(seenAt)}</td></tr>\n`,
  )
  return html`${silences.map(({ detail }) => html`<p class="message">${detail}</p>`)}
<h2>Worker processes</h2>
${workers.length === 0 ? html`<p class="note">None has given a sign of life.</p>` : html`<div class="scroll" tabindex="0" role="region" aria-label="Table of worker processes"><table class="list"><thead><tr><th scope="col">Process</th><th scope="col">Started</th><th scope="col">Last sign of life</th></tr></thead><tbody>${workers}</tbody></table></div>`}`
}

/** Counts stop at a limit in PostgreSQL; `?`: not known in time. */
function number(value: number | undefined, isCapped: boolean): string {
  if (value === undefined) return '?'
  if (isCapped && value > MAX_COUNTED) return `over ${MAX_COUNTED.toLocaleString('en-US')}`
  return value.toLocaleString('en-US')
}

function row(
  { name, counts, due, waits, perMinute, failed }: QueueView,
  { now, hasWorkers, hasTaskLimit, isCapped }: AllQueues,
): Html {
  const oldestDueS = due === null ? null : (now.getTime() - due.getTime()) / 1000
  const { kind, text } = judgeQueue({
    counts,
    oldestDueS,
    waits,
    hasWorkers,
    waitsForRoom: name === 'submit' && hasTaskLimit,
  })
  const values = [
    number(counts?.active, isCapped),
    number(counts?.waiting, isCapped),
    number(counts?.delayed, isCapped),
    number(counts?.failed, isCapped),
    time(due),
    perMinute === null ? 'not counted' : perMinute.toLocaleString('en-US'),
  ]
  const cells = values.map((value, index) => html`<td data-label="${NUMBERS[index]}">${value}</td>`)
  return html`<tr><th scope="row">${name}<small>${CATALOG[name].does}</small></th>
<td class="verdict ${kind}">${text}${failed.length > 0 ? html`<ul>${failed.map(({ id, reason }) => html`<li>${id}: ${reason}</li>`)}</ul>` : NOTHING}</td>
${cells}</tr>\n`
}
