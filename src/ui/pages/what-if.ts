/** The page "What if": the plan that would be carried out if an advisory, or certain RPMs, shipped; nothing is done. */
import type { Hono } from 'hono'
import { html, raw } from 'hono/html'
import { planGates } from '../../commands/gate/plan-gates.ts'
import { previewPlan } from '../../commands/plan/preview-plan.ts'
import type { Context } from '../../context.ts'
import { amount } from '../../domain/amount.ts'
import { problemOfRpmNvr, type WhatIf, WORST_ADVISORY } from '../../domain/rebuild/plan/what-if.ts'
import { presentPlan } from '../../present/plan.ts'
import type { PageEnv, PageRequest } from '../door.ts'
import { showPage } from '../page.ts'
import { type Html, NOTHING } from '../words.ts'
import { planTable } from './plan-table.ts'

/** The first is what a form without one means. */
const SEVERITIES = ['critical', 'important', 'moderate', 'low'] as const

/** The fields of the form, as they were sent. */
type Fields = Record<'advisory' | 'rpms' | 'contentSets' | 'severity' | 'images', string>

/**
 * `/ui/what-if`: `advisory` is its number, or `rpms` are NVRs of RPMs, with their `content-sets` and `severity`; `images` limits the plan to NVRs
 * of images. Lists have one entry a line. As `POST /api/2/plans`.
 */
export function addWhatIf(pages: Hono<PageEnv>, ctx: Context): void {
  pages.get('/what-if', async (c) => {
    const fields = fieldsOf(c)
    const body = html`<h1>What if</h1>
<p>What would be rebuilt if this advisory shipped now, or these RPMs in one. Nothing is changed.</p>
<form class="fields">
<label for="advisory">Advisory</label><input id="advisory" name="advisory" inputmode="numeric" value="${fields.advisory}" pattern="\\s*[0-9]+\\s*" title="The number of the advisory">
<label for="rpms">or RPMs</label><textarea id="rpms" name="rpms" rows="3" placeholder="NVRs of binary RPMs with the fix, one per line, such as openssl-libs-3.0.7-20.el9">${fields.rpms}</textarea>
<label for="content-sets">Content sets of the RPMs</label><textarea id="content-sets" name="content-sets" rows="2" placeholder="One per line, or empty for any">${fields.contentSets}</textarea>
<label for="severity">Severity of the RPMs</label><select id="severity" name="severity">${SEVERITIES.map((severity) => html`<option${severity === fields.severity ? raw(' selected') : NOTHING}>${severity}</option>`)}</select>
<label for="images">Only these images</label><textarea id="images" name="images" rows="3" placeholder="NVRs of images, one per line, or empty for all">${fields.images}</textarea>
<button>Show the plan</button>
</form>
${fields.advisory === '' && fields.rpms === '' ? NOTHING : await planOf(ctx, fields)}`
    return showPage(c, { title: 'What if', section: 'what-if', body })
  })
}

function fieldsOf(c: PageRequest): Fields {
  const field = (name: string) => (c.req.query(name) ?? '').trim()
  return {
    advisory: field('advisory'),
    rpms: field('rpms'),
    contentSets: field('content-sets'),
    severity: field('severity'),
    images: field('images'),
  }
}

async function planOf(ctx: Context, fields: Fields): Promise<Html> {
  const problem = problemOf(fields)
  if (problem !== undefined) return html`<p class="message">${problem}</p>`
  const whatIf = whatIfOf(fields)
  const title =
    'errataId' in whatIf ? `Advisory ${whatIf.errataId}` : amount(whatIf.rpms.nvrs.length, 'fixed RPM')
  const plan = await previewPlan(ctx, whatIf)
  return html`<h2>${title}</h2>${planTable(presentPlan(whatIf, plan, planGates(ctx)))}`
}

function problemOf({ advisory, rpms, contentSets }: Fields): string | undefined {
  if (advisory !== '' && rpms !== '') return 'Give either an advisory or RPMs.'
  if (advisory !== '' && contentSets !== '')
    return 'Content sets apply only to RPMs: an advisory has its own.'
  if (advisory !== '' && !/^\d{1,9}$/.test(advisory))
    return `"${advisory}" is not the number of an advisory, such as 133001.`
  const odd = linesOf(rpms).flatMap((nvr) => problemOfRpmNvr(nvr) ?? [])[0]
  return odd === undefined ? undefined : `${odd}.`
}

function whatIfOf({ advisory, rpms, contentSets, severity, images }: Fields): WhatIf {
  const containerImages = linesOf(images)
  if (advisory !== '') return { errataId: Number(advisory), containerImages }
  const securityImpact = SEVERITIES.find((known) => known === severity) ?? WORST_ADVISORY.securityImpact
  const named = { nvrs: linesOf(rpms), contentSets: linesOf(contentSets) }
  return { rpms: { ...WORST_ADVISORY, ...named, securityImpact }, containerImages }
}

const linesOf = (text: string) => text.split(/\s+/).filter(Boolean)
