/** Shows whether the rebuilt images of an event may go out: how many, and what holds the others at which gate. */
import { html } from 'hono/html'
import { z } from 'zod'
import { releaseGates } from '../../../config/gate.ts'
import { amount } from '../../../domain/amount.ts'
import { withinTime } from '../../../lib/async/deadline.ts'
import { type Html, NOTHING } from '../../words.ts'
import type { EventView } from './view.ts'

/** Images that are held, shown one by one. */
const SHOWN = 50

/** The rest of the page waits no longer: a service that does not answer holds a decision up for a minute. */
const PATIENCE_MS = 3000

/** The part of the answer of `GET /api/2/events/{id}/gate` that the page shows. */
const answerSchema = z.object({
  counts: z.object({ rebuilt: z.number(), may_go_out: z.number(), waived: z.number() }),
  images: z.array(
    z.object({
      nvr: z.string(),
      state: z.string(),
      decisions: z.array(
        z.object({
          decision_context: z.string(),
          product_version: z.string(),
          state: z.string(),
          summary: z.string().nullable(),
        }),
      ),
    }),
  ),
})
type GateAnswer = z.infer<typeof answerSchema>

/**
 * The part `gate`; nothing without release gates. Through the API, whose process keeps the decisions for all readers, also those that
 * are made after the page has been answered.
 */
export async function gatePart({ c, ctx, door, event }: EventView): Promise<Html> {
  if (releaseGates(ctx.settings).length === 0) return NOTHING
  const request = door.send(c, { method: 'GET', path: `/api/2/events/${event.id}/gate` })
  const response = await withinTime(request, PATIENCE_MS).catch(() => null)
  if (!response)
    return html`<p class="message">Whether the images may go out is not known yet: the decisions take long. Load the page again to see them.</p>`
  const answer = answerSchema.safeParse(response.body)
  if (response.status !== 200 || !answer.success)
    return html`<p class="message">Whether the images may go out is not known at the moment.</p>`
  const { counts, images } = answer.data
  if (counts.rebuilt === 0) return NOTHING
  const free = counts.may_go_out + counts.waived
  const waived = counts.waived > 0 ? `, ${counts.waived} of them by waivers` : ''
  const held = images.filter(({ state }) => state !== 'may go out' && state !== 'waived')
  return html`<p>${free} of ${amount(counts.rebuilt, 'rebuilt image')} may go out${waived}</p>
${held.length === 0 ? NOTHING : html`<details><summary>${amount(held.length, 'image')} may not go out yet</summary><ul>${held.slice(0, SHOWN).map(heldLine)}</ul>${held.length > SHOWN ? html`<p class="note">The first ${SHOWN} are shown.</p>` : NOTHING}</details>`}`
}

function heldLine({ nvr, state, decisions }: GateAnswer['images'][number]): Html {
  const reasons = decisions
    .filter((decision) => decision.state === state)
    .map(
      ({ decision_context, product_version, summary }) =>
        `${decision_context}, ${product_version}: ${summary ?? ''}`,
    )
  return html`<li><b>${nvr}</b>: ${state}${reasons.map((reason) => html`<p class="detail">${reason}</p>`)}</li>\n`
}
