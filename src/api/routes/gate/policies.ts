/** `/api/v1.0/policies` and `/api/v1.0/subject_types`: the definitions in force (behaviour/greenwave 5). */
import { createRoute, z } from '@hono/zod-openapi'
import type { Gate } from '../../../commands/gate/open-gate.ts'
import { policyJson } from '../../../present/gate/policy.ts'
import { subjectTypeJson } from '../../../present/gate/subject-type.ts'
import { type Api, GATE_ROOT } from '../../api.ts'
import { jsonp } from '../../middleware/jsonp.ts'
import { badCallback, callbackQuery, jsonOrScript, policySchema, subjectTypeSchema } from './schemas.ts'

const policiesRoute = createRoute({
  method: 'get',
  path: `${GATE_ROOT}/policies`,
  tags: ['gate'],
  summary: 'Policies in force, in the order in which they are checked',
  request: { query: callbackQuery },
  responses: {
    200: jsonOrScript(z.object({ policies: z.array(policySchema) }).openapi('Policies'), 'All policies'),
    400: badCallback,
  },
})

const subjectTypesRoute = createRoute({
  method: 'get',
  path: `${GATE_ROOT}/subject_types`,
  tags: ['gate'],
  summary: 'Subject types in force, sorted by id',
  request: { query: callbackQuery },
  responses: {
    200: jsonOrScript(
      z.object({ subject_types: z.array(subjectTypeSchema) }).openapi('SubjectTypes'),
      'All subject types',
    ),
    400: badCallback,
  },
})

/** Adds both routes; they always show the set currently in force. */
export function addPolicies(app: Api, gate: Gate): void {
  app.openAPIRegistry.registerPath(policiesRoute)
  app.get(policiesRoute.path, jsonp, (c) => c.json({ policies: gate.policies().policies.map(policyJson) }))

  app.openAPIRegistry.registerPath(subjectTypesRoute)
  app.get(subjectTypesRoute.path, jsonp, (c) => {
    const types = gate.policies().subjectTypes.all.toSorted((left, right) => (left.id < right.id ? -1 : 1))
    return c.json({ subject_types: types.map(subjectTypeJson) })
  })
}
