/** `GET /api/2/events/{id}/gate`: whether the rebuilt images of an event may go out (behaviour/greenwave 6.8). */
import { createRoute, z } from '@hono/zod-openapi'
import type { Releases } from '../../../commands/gate/decide-releases.ts'
import { releaseGates } from '../../../config/gate.ts'
import { rebuiltImages } from '../../../db/queries/decisions/release-decisions.ts'
import { eventExists } from '../../../db/queries/records/event-rows.ts'
import { RELEASE_STATES } from '../../../domain/gate/release/release-state.ts'
import { presentEventGate } from '../../../present/gate/event-gate.ts'
import type { Api, ApiContext } from '../../api.ts'
import { notFound } from '../../errors.ts'
import { idInPath } from '../../lists/arguments.ts'
import { errorSchema, json } from '../../schemas.ts'

const stateSchema = z.enum(RELEASE_STATES)
const gateSchema = z.object({
  decision_context: z.string(),
  product_version: z.string(),
  subject_type: z.string(),
})
const decisionSchema = z.object({
  decision_context: z.string(),
  product_version: z.string(),
  state: stateSchema,
  summary: z.string().openapi({ description: 'The summary of the decision, or why there is none' }),
  policies_satisfied: z.boolean().nullable().openapi({ description: 'null: there is no decision' }),
})
const answerSchema = z
  .object({
    event_id: z.int(),
    explanation: z.string().nullable().openapi({ description: 'Why there are no gates' }),
    gates: z.array(gateSchema).openapi({ description: 'The setting release_gates' }),
    counts: z
      .object({
        rebuilt: z.int(),
        may_go_out: z.int(),
        waived: z.int(),
        failed: z.int(),
        waiting: z.int(),
        without_policy: z.int(),
        undecided: z.int(),
      })
      .openapi({ description: 'All rebuilt images, and those in each state' }),
    images: z.array(
      z.object({
        build_id: z.int(),
        name: z.string(),
        nvr: z.string(),
        state: stateSchema.openapi({ description: 'The worst of its decisions' }),
        decisions: z.array(decisionSchema).openapi({ description: 'At each gate, in the order of "gates"' }),
      }),
    ),
  })
  .openapi('EventGate')

const route = createRoute({
  method: 'get',
  path: '/api/2/events/{id}/gate',
  tags: ['events'],
  summary: 'Whether the rebuilt images may go out, at each release gate',
  request: { params: idInPath },
  responses: {
    200: json(answerSchema, 'All images that the event has rebuilt; without release gates none'),
    404: json(errorSchema, 'No such event'),
  },
})

/** Adds the route, in version 2 only because the original has no such endpoint. */
export function addEventGate(app: Api, ctx: ApiContext, releases: Releases): void {
  const gates = releaseGates(ctx.settings)
  app.openapi(route, async (c) => {
    const em = ctx.db.fork()
    const { id } = c.req.valid('param')
    if (!(await eventExists(em, id))) throw notFound('No such event found.')
    const images = await rebuiltImages(em, id)
    const nvrs = images.map(({ nvr }) => nvr)
    const decisions = gates.length > 0 ? await releases.decide(nvrs, gates, c.req.raw.signal) : []
    return c.json(presentEventGate(id, gates, images, decisions), 200)
  })
}
