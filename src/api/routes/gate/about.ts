/** `/api/v1.0/`, `about` and `version`: the gate's version and configuration (behaviour/greenwave 5). */
import { createRoute, z } from '@hono/zod-openapi'
import { remoteRulePolicies } from '../../../config/gate.ts'
import type { RemoteRulePolicies } from '../../../config/remote-rule-policies.ts'
import { withoutCredentials } from '../../../lib/log.ts'
import { readAbout } from '../../../lib/version.ts'
import { type Api, type ApiContext, GATE_ROOT } from '../../api.ts'
import { jsonp } from '../../middleware/jsonp.ts'
import { json } from '../../schemas.ts'
import { badCallback, callbackQuery, gateSchema, jsonOrScript } from './schemas.ts'

const landingRoute = createRoute({
  method: 'get',
  path: `${GATE_ROOT}/`,
  tags: ['gate'],
  summary: 'Gate configuration',
  responses: { 200: json(gateSchema, 'The services, and the meaning of outcomes') },
})

const aboutRoute = createRoute({
  method: 'get',
  path: `${GATE_ROOT}/about`,
  tags: ['gate'],
  summary: 'Version',
  request: { query: callbackQuery },
  responses: {
    200: jsonOrScript(z.object({ version: z.string() }).openapi('GateAbout'), 'The version'),
    400: badCallback,
  },
})

const versionRoute = createRoute({
  method: 'get',
  path: `${GATE_ROOT}/version`,
  tags: ['gate'],
  summary: 'Former address of the version',
  responses: { 302: { description: 'See `about`' } },
})

/** Adds the three routes. */
export function addGateAbout(app: Api, ctx: Pick<ApiContext, 'settings'>): void {
  const { version } = readAbout()
  app.openAPIRegistry.registerPath(landingRoute)
  app.get(landingRoute.path, (c) => c.json(gateOverview(ctx, c.get('caller').root)))
  app.openAPIRegistry.registerPath(aboutRoute)
  app.get(aboutRoute.path, jsonp, (c) => c.json({ version }))
  app.openAPIRegistry.registerPath(versionRoute)
  app.get(versionRoute.path, (c) => c.redirect(`${c.get('caller').prefix}${aboutRoute.path}`, 302))
}

const rootRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['gate'],
  summary: 'Gate configuration, as below `/api/v1.0/`',
  responses: { 200: json(gateSchema, 'The services, and the meaning of outcomes') },
})

/** `/` where the gate is all there is. */
export function addGateRoot(app: Api, ctx: Pick<ApiContext, 'settings'>): void {
  app.openAPIRegistry.registerPath(rootRoute)
  app.get(rootRoute.path, (c) => c.json(gateOverview(ctx, c.get('caller').root)))
}

/**
 * The configuration that programs find on the first page of the gate, without the credentials of its addresses; `root` is the base
 * of our links.
 */
export function gateOverview({ settings }: Pick<ApiContext, 'settings'>, root: string) {
  const { env, file } = settings
  return {
    documentation: file.documentation_url,
    api_v1: file.greenwave_api_url || `${root}${GATE_ROOT}`,
    resultsdb_api: withoutCredentials(env.RESULTSDB_API_URL),
    waiverdb_api: withoutCredentials(env.WAIVERDB_API_URL),
    koji_api: env.KOJI_BASE_URL === undefined ? null : withoutCredentials(env.KOJI_BASE_URL),
    outcomes_passed: file.outcomes_passed,
    outcomes_error: file.outcomes_error,
    outcomes_incomplete: file.outcomes_incomplete,
    remote_rule_policies: shownTemplates(remoteRulePolicies(settings)),
  }
}

/** In the form in which they are written: one template, or a list of them. */
function shownTemplates(byType: RemoteRulePolicies): RemoteRulePolicies {
  const shown = Object.entries(byType).map(([type, templates]) => [
    type,
    typeof templates === 'string' ? withoutCredentials(templates) : templates.map(withoutCredentials),
  ])
  return Object.fromEntries(shown)
}
