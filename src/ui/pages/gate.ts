/** The gate: a form for a decision, its requirements, every policy that applied or not and why, and the policies in force. */
import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { decide } from '../../commands/gate/decide.ts'
import type { Gate } from '../../commands/gate/open-gate.ts'
import { amount } from '../../domain/amount.ts'
import { contextsOf } from '../../domain/gate/policy/policy.ts'
import { DecisionError } from '../../domain/gate/request/decision-error.ts'
import { keysOf } from '../../domain/keys-of.ts'
import { refuseBadTexts } from '../../gate-input/request/body.ts'
import { messageOf } from '../../lib/errors.ts'
import { withoutCredentials } from '../../lib/log.ts'
import { type DecisionJson, decisionJson, type RequirementJson } from '../../present/gate/decision.ts'
import { type ExplanationJson, explanationJson } from '../../present/gate/explanation.ts'
import type { PageEnv, PageRequest } from '../door.ts'
import { showPage } from '../page.ts'
import { type Html, NOTHING } from '../words.ts'

const FIELDS = {
  subject_type: { title: 'Subject type', list: true },
  subject_identifier: { title: 'Subject', list: false },
  product_version: { title: 'Product version', list: false },
  decision_context: { title: 'Decision context', list: true },
} as const
type Field = keyof typeof FIELDS
const NAMES = keysOf(FIELDS)

/** `/ui/gate`, with the fields of `POST /api/v1.0/decision` as arguments: a decision only reads, so its page has an address. */
export function addGatePage(pages: Hono<PageEnv>, gate: Gate): void {
  pages.get('/gate', async (c) => {
    const body = html`<h1>Gate</h1>
<form class="fields">${NAMES.map((name) => field(c, gate, name))}<button>Decide</button></form>
${given(c, 'subject_identifier') ? await answer(c, gate) : NOTHING}
${policiesInForce(gate)}`
    return showPage(c, { title: 'Gate', section: 'gate', body })
  })
}

/** A pasted text may have spaces around it, which no name or identifier has. */
function given(c: PageRequest, name: Field): string {
  return (c.req.query(name) ?? '').trim()
}

function field(c: PageRequest, gate: Gate, name: Field): Html {
  const { title, list } = FIELDS[name]
  const options = list
    ? html`<datalist id="${name}-known">${known(gate, name).map((value) => html`<option value="${value}"></option>`)}</datalist>`
    : NOTHING
  return html`<label for="${name}">${title}</label><span><input id="${name}" name="${name}" required value="${given(c, name)}"${list ? html` list="${name}-known"` : NOTHING}>${options}</span>`
}

function known(gate: Gate, name: Field): string[] {
  const { policies, subjectTypes } = gate.policies()
  if (name === 'subject_type') return subjectTypes.all.map(({ id }) => id).toSorted()
  return [...new Set(policies.flatMap(contextsOf))].toSorted()
}

async function answer(c: PageRequest, gate: Gate): Promise<Html> {
  const body = { ...Object.fromEntries(NAMES.map((name) => [name, given(c, name)])), explain: true }
  try {
    const about = { signal: c.req.raw.signal, requestId: c.get('requestId') }
    refuseBadTexts(body)
    const { decision, explanation } = await decide(gate, () => body, about)
    return decisionPart(decisionJson(decision, gate.settings.distinctLatestResultsOn, explanation))
  } catch (error) {
    if (!(error instanceof DecisionError)) throw error
    const shown = withoutCredentials(error.message)
    const cause =
      error.cause === undefined
        ? NOTHING
        : html`<p class="detail">${withoutCredentials(messageOf(error.cause))}</p>`
    return html`<h2>No decision</h2><p class="message" role="alert">${shown}</p>${cause}${error.explanation ? explanationPart(explanationJson(error.explanation)) : NOTHING}`
  }
}

function decisionPart(decision: DecisionJson): Html {
  const { policies_satisfied: satisfied, summary, explanation } = decision
  const rows = [
    ...decision.unsatisfied_requirements.map((each) => requirementRow(each, false)),
    ...decision.satisfied_requirements.map((each) => requirementRow(each, true)),
  ]
  return html`<h2 class="${satisfied ? 'yes' : 'no'}">${satisfied ? '✔ Satisfied' : '✘ Not satisfied'}: ${summary}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of requirements"><table class="list"><thead><tr><th scope="col">Met</th><th scope="col">Requirement</th><th scope="col">Test case</th><th scope="col">Details</th></tr></thead><tbody>${rows}</tbody></table></div>
${explanation ? explanationPart(explanation) : NOTHING}`
}

/** In columns of their own, or the same in every row. */
const SHOWN_APART = ['type', 'testcase', 'subject_type', 'subject_identifier', 'item']

function requirementRow(requirement: RequirementJson, met: boolean): Html {
  const details = Object.entries(requirement).flatMap(([name, value]) =>
    !SHOWN_APART.includes(name) && (typeof value === 'string' || typeof value === 'number')
      ? [`${name} ${value}`]
      : [],
  )
  return html`<tr><td class="${met ? 'yes' : 'no'}">${met ? '✔ met' : '✘ unmet'}</td><td data-label="Requirement">${requirement.type}</td><td data-label="Test case">${typeof requirement['testcase'] === 'string' ? requirement['testcase'] : NOTHING}</td><td data-label="Details">${details.join(', ')}</td></tr>\n`
}

function explanationPart({ subjects, complete }: ExplanationJson): Html {
  const policies = subjects.flatMap((subject) => [
    ...subject.policies,
    ...subject.files.flatMap((file) => file.policies),
  ])
  const files = subjects.flatMap((subject) => subject.files)
  return html`<h2>Policies compared</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of policies compared"><table class="list"><thead><tr><th scope="col">Policy</th><th scope="col">Applied</th><th scope="col">Why not, or what it leaves out</th></tr></thead>
<tbody>${policies.map(({ policy, file, line, applied, condition, because }) => html`<tr><th scope="row">${policy ?? 'untitled'}<small>${file === null ? NOTHING : `${file}:${line}`}</small></th><td data-label="Applied"${applied ? raw(' class="yes"') : NOTHING}>${applied ? '✔ applied' : '– not'}</td><td class="wrong">${condition === null ? NOTHING : `${condition}: ${because}`}</td></tr>\n`)}</tbody></table></div>
${files.length > 0 ? html`<h3>Rule files tried</h3><ul>${files.map(({ url, outcome, because }) => html`<li>${url ?? 'no address'}: ${outcome}${because === null ? NOTHING : `, ${because}`}</li>`)}</ul>` : NOTHING}
${complete ? NOTHING : html`<p class="note">The remaining subjects are left out, because the explanation would be too long.</p>`}`
}

function policiesInForce(gate: Gate): Html {
  const { policies } = gate.policies()
  return html`<h2>Policies in force</h2><p class="note">${amount(policies.length, 'policy', 'policies')}, in the order in which they are checked.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Table of policies in force"><table class="list"><thead><tr><th scope="col">Policy</th><th scope="col">Decision contexts</th><th scope="col">Product versions</th><th scope="col">Rules</th></tr></thead>
<tbody>${policies.map((policy) => html`<tr><th scope="row">${policy.id ?? 'untitled'}<small>${policy.place ? `${policy.place.file}:${policy.place.line}` : NOTHING}</small></th><td data-label="Decision contexts">${contextsOf(policy).join(', ')}</td><td data-label="Product versions">${policy.productVersions.patterns.join(', ')}</td><td data-label="Rules">${policy.rules.map((rule) => (rule.kind === 'RemoteRule' ? 'rule file of the package' : rule.testCaseName)).join(', ')}</td></tr>\n`)}</tbody></table></div>`
}
