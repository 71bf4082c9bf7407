/** Previews of the changes of an event: what each would do, and whether it can be done. */
import { html } from 'hono/html'
import { planGates } from '../../../commands/gate/plan-gates.ts'
import { previewPlan } from '../../../commands/plan/preview-plan.ts'
import { leftBuilds, openEventOf } from '../../../db/queries/planning/resumptions.ts'
import { amount } from '../../../domain/amount.ts'
import { eventStateName } from '../../../domain/event.ts'
import { judgeResume } from '../../../domain/rebuild/plan/choose-resumed.ts'
import { presentPlan } from '../../../present/plan.ts'
import { type Html, NOTHING, stateMark } from '../../words.ts'
import { planTable } from '../plan-table.ts'
import type { EventView } from './view.ts'

/** What a change would do; `possible` false: the preview explains why not. */
export type Preview = { text: Html; possible: boolean }

/** Builds named one by one in a preview. */
const SHOWN = 100

/** Previews the cancellation: what is rebuilt stays, the rest ends. */
export async function previewCancel({ builds }: EventView): Promise<Preview> {
  const running = builds.filter(({ state }) => state === 'BUILD')
  const planned = builds.filter(({ state }) => state === 'PLANNED')
  const text = html`<p>${amount(running.length, 'running build')} would be canceled in the build system, ${amount(planned.length, 'planned one')} would not be built. What is rebuilt stays. This cannot be undone; a retry builds the rest again.</p>${named([...running, ...planned])}`
  return { text, possible: true }
}

/** The plan of a new event for the same advisory, as the search finds it now. */
export async function previewRebuild(
  { ctx, event }: EventView,
  how: { dependsOn?: number; again?: boolean },
): Promise<Preview> {
  const dryRun = Boolean(event.dryRun)
  const whatIf = { errataId: Number(event.searchKey), containerImages: [], now: true, dryRun, ...how }
  const plan = await previewPlan(ctx, whatIf)
  const text = planTable(presentPlan(whatIf, plan, planGates(ctx)))
  return { text, possible: plan.builds.some(({ state }) => state === 'PLANNED') }
}

/** Previews the retry: what failed, and what is built on it; an event that ended before it had builds is discovered again. */
export async function previewRetry({ ctx, event, builds }: EventView): Promise<Preview> {
  const em = ctx.db.fork()
  const judged = judgeResume({
    event: { id: event.id, searchKey: event.searchKey, state: eventStateName(event.state) ?? 'INITIALIZED' },
    open: await openEventOf(em, event.searchKey, event.id),
    builds: await leftBuilds(em, event.id),
    named: [],
  })
  if (!('builds' in judged)) return { text: html`<p class="message">${judged.text}</p>`, possible: false }
  if (judged.builds.length === 0)
    return {
      text: html`<p>This event ended before it had builds. A new event would search again.</p>`,
      possible: true,
    }
  const chosen = new Set(judged.builds)
  const text = html`<p>A new event would build ${amount(chosen.size, 'image')} again: what failed, and what is built on it. What is rebuilt stays.</p>${named(builds.filter(({ id }) => chosen.has(id)))}`
  return { text, possible: true }
}

function named(
  builds: readonly { originalNvr: string | null; name: string; state: Parameters<typeof stateMark>[0] }[],
): Html {
  if (builds.length === 0) return NOTHING
  const rest = builds.length - SHOWN
  return html`<ul>${builds.slice(0, SHOWN).map(({ originalNvr, name, state }) => html`<li>${stateMark(state)} ${originalNvr ?? name}</li>\n`)}${rest > 0 ? html`<li>and ${rest} more</li>` : NOTHING}</ul>`
}
