/** `POST /api/v1.0/decision`: whether subjects satisfy the policies of a decision context (behaviour/greenwave 3). */
import { createRoute } from '@hono/zod-openapi'
import { createAnswers } from '../../../commands/gate/answers.ts'
import type { Gate } from '../../../commands/gate/open-gate.ts'
import { presentRequest } from '../../../present/gate/request.ts'
import { type Api, DECISION_AS_OF, GATE_ROOT } from '../../api.ts'
import { readBytes } from '../../input/body.ts'
import { jsonp } from '../../middleware/jsonp.ts'
import { json } from '../../schemas.ts'
import {
  decisionFaultSchema,
  decisionHeaders,
  decisionRequestSchema,
  decisionSchema,
} from './decision-schemas.ts'
import { callbackQuery, jsonOrScript, messageSchema } from './schemas.ts'

const path = `${GATE_ROOT}/decision`

const route = createRoute({
  method: 'post',
  path,
  tags: ['gate'],
  summary: 'Decide whether subjects satisfy the policies',
  request: {
    query: callbackQuery,
    body: { required: true, content: { 'application/json': { schema: decisionRequestSchema } } },
  },
  responses: {
    200: { ...jsonOrScript(decisionSchema, 'The decision'), headers: decisionHeaders },
    400: json(decisionFaultSchema, 'The request is invalid'),
    404: json(decisionFaultSchema, 'No policy applies, or the build does not exist'),
    413: json(messageSchema, 'The request is too large'),
    415: json(messageSchema, 'The request is not JSON'),
    502: json(decisionFaultSchema, 'An upstream service failed'),
    504: json(decisionFaultSchema, 'An upstream service did not answer in time'),
  },
})

const optionsRoute = createRoute({
  method: 'options',
  path,
  tags: ['gate'],
  summary: 'CORS preflight',
  responses: { 200: { description: 'Empty' } },
})

/** Adds the routes. `gate-input` checks the body: the order of the checks and their texts are those of the original. */
export function addDecision(app: Api, gate: Gate): void {
  const answer = createAnswers(gate)
  app.openAPIRegistry.registerPath(route)
  app.post(path, jsonp, async (c) => {
    const sent = { type: c.req.header('content-type'), bytes: await readBytes(c) }
    const { text, when } = await answer(sent, () => ({
      signal: c.req.raw.signal,
      requestId: c.get('requestId'),
      onRequest: (request) => c.set('about', presentRequest(request)),
    }))
    if (when !== null) c.header(DECISION_AS_OF, `${when}Z`)
    return c.body(text, 200, { 'Content-Type': 'application/json' })
  })
  app.openAPIRegistry.registerPath(optionsRoute)
  app.options(path, (c) => c.body(null, 200, { Allow: 'POST, OPTIONS' }))
}
