/** What if an advisory shipped: the plan that would be carried out, before anything is done. */
import type { Hono } from 'hono'
import { html } from 'hono/html'
import { planGates } from '../../commands/gate/plan-gates.ts'
import { previewPlan } from '../../commands/plan/preview-plan.ts'
import type { Context } from '../../context.ts'
import { presentPlan } from '../../present/plan.ts'
import type { PageEnv } from '../door.ts'
import { showPage } from '../page.ts'
import { type Html, NOTHING } from '../words.ts'
import { planTable } from './plan-table.ts'

/** `/ui/what-if`: `advisory` is its number, `images` limits the plan to NVRs of images, one a line. As `POST /api/2/plans`. */
export function addWhatIf(pages: Hono<PageEnv>, ctx: Context): void {
  pages.get('/what-if', async (c) => {
    const advisory = (c.req.query('advisory') ?? '').trim()
    const images = (c.req.query('images') ?? '').trim()
    const body = html`<h1>What if</h1>
<p>What would be rebuilt if this advisory shipped now. Nothing is changed.</p>
<form class="fields">
<label for="advisory">Advisory</label><input id="advisory" name="advisory" inputmode="numeric" value="${advisory}" required pattern="[0-9]+" title="The number of the advisory">
<label for="images">Only these images</label><textarea id="images" name="images" rows="3" placeholder="NVRs of images, one a line; empty: all">${images}</textarea>
<button>Show the plan</button>
</form>
${advisory === '' ? NOTHING : await planOf(ctx, advisory, images)}`
    return showPage(c, { title: 'What if', section: 'what-if', body })
  })
}

async function planOf(ctx: Context, advisory: string, images: string): Promise<Html> {
  if (!/^\d{1,9}$/.test(advisory))
    return html`<p class="message">"${advisory}" is not the number of an advisory, such as 133001.</p>`
  const errataId = Number(advisory)
  const plan = await previewPlan(ctx, { errataId, containerImages: images.split(/\s+/).filter(Boolean) })
  return html`<h2>Advisory ${advisory}</h2>${planTable(presentPlan(errataId, plan, planGates(ctx)))}`
}
