/** A plan as a table: what would be built, in which order, why, and for how long. */
import { html } from 'hono/html'
import { amount } from '../../domain/amount.ts'
import type { presentPlan } from '../../present/plan.ts'
import { duration, type Html, NOTHING } from '../words.ts'

/** Rows of each table; a plan of ten thousand images is not read row by row. */
const SHOWN = 200

/** The answer of `POST /api/2/plans` for people. */
export function planTable(plan: ReturnType<typeof presentPlan>): Html {
  if (plan.skipped !== null) return html`<p class="message">${plan.skipped}</p>`
  const { builds, not_rebuilt: dropped } = plan
  const failing = builds.filter((build) => build.state_name === 'FAILED').length
  const unless = failing > 0 ? `, ${failing} cannot be built` : ''
  return html`<p class="headline">${amount(builds.length - failing, 'image')} would be rebuilt${unless}</p>
<p>Longest chain: ${amount(plan.critical_path.length, 'image')}, about ${duration(plan.critical_path_seconds)}; all builds together ${duration(plan.total_seconds)}.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Planned builds"><table class="list"><thead><tr><th scope="col">#</th><th scope="col">Image</th><th scope="col">Built on</th><th scope="col">About</th><th scope="col">Why</th><th scope="col">Policies before it may go out</th></tr></thead>
<tbody>${builds.slice(0, SHOWN).map((build) => html`<tr><td data-label="#">${build.order}</td><th scope="row">${build.original_nvr}</th><td data-label="Built on">${build.dep_on ?? build.build_args.original_parent ?? NOTHING}</td><td data-label="About">${duration(build.expected_seconds)}</td><td data-label="Why">${build.state_reason ?? build.reason}</td><td data-label="Policies before it may go out">${gatesText(build.gates)}</td></tr>\n`)}</tbody></table></div>
${more(builds.length)}
${dropped.length === 0 ? NOTHING : html`<details><summary>${amount(dropped.length, 'image')} would not be rebuilt</summary><ul>${dropped.slice(0, SHOWN).map(({ nvr, reason }) => html`<li><b>${nvr}</b>: ${reason}</li>\n`)}</ul>${more(dropped.length)}</details>`}`
}

function gatesText(gates: ReturnType<typeof presentPlan>['builds'][number]['gates']): string {
  return gates
    .map(({ decision_context, policies }) => `${decision_context}: ${policies.join(', ') || 'none applies'}`)
    .join('; ')
}

function more(count: number): Html {
  return count > SHOWN ? html`<p class="note">The first ${SHOWN} are shown.</p>` : NOTHING
}
