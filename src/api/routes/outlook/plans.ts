/** Previews what would be rebuilt for an advisory: `POST /api/2/plans`, which changes nothing. */
import { createRoute, z } from '@hono/zod-openapi'
import { planGates } from '../../../commands/gate/plan-gates.ts'
import { previewPlan } from '../../../commands/plan/preview-plan.ts'
import type { Context } from '../../../context.ts'
import { presentPlan } from '../../../present/plan.ts'
import type { Api } from '../../api.ts'
import { readBody } from '../../input/body.ts'
import { errorSchema, json, tooLarge, unavailable } from '../../schemas.ts'

const MAX_INTEGER = 2_147_483_647

const bodySchema = z
  .object({
    errata_id: z.int({ error: '"errata_id" must be an integer.' }).min(1).max(MAX_INTEGER),
    container_images: z
      .array(z.string(), { error: '"container_images" must be an array of strings.' })
      .default([])
      .openapi({ description: 'NVRs of leaf images to limit the plan to; empty: all' }),
  })
  .openapi('PlanRequest')

const plannedSchema = z.object({
  build_args: z.object({
    branch: z.string().nullable(),
    commit: z.string().nullable(),
    original_parent: z.string().nullable(),
    repository: z.string().nullable(),
    target: z.string().nullable(),
  }),
  dep_on: z.string().nullable().openapi({ description: 'Original NVR of the build that must be done first' }),
  expected_seconds: z.int(),
  gates: z
    .array(
      z.object({
        decision_context: z.string(),
        product_version: z.string(),
        policies: z
          .array(z.string().nullable())
          .openapi({ description: 'Ids of the policies that will apply; empty: none will' }),
      }),
    )
    .openapi({ description: 'At each release gate; empty without the setting release_gates' }),
  name: z.string(),
  order: z.int(),
  original_nvr: z.string(),
  reason: z.string(),
  rebuild_reason: z.enum(['directly_affected', 'dependency', 'unknown']),
  remaining_path_seconds: z
    .int()
    .openapi({ description: 'From the start of the build to the end of its slowest dependant' }),
  state_name: z.enum(['PLANNED', 'FAILED']),
  state_reason: z.string().nullable(),
})

const planSchema = z
  .object({
    builds: z.array(plannedSchema).openapi({ description: 'Parents precede the images built on them' }),
    critical_path: z.array(z.string()),
    critical_path_seconds: z.int(),
    errata_id: z.int(),
    forecast: z
      .object({ builder_minutes: z.number(), p50_minutes: z.number(), p90_minutes: z.number() })
      .openapi({
        description:
          'Of a start now, beside all builds that are open: half of the courses, and nine of ten, end by then',
      }),
    handler: z.string().nullable().openapi({ description: 'What would take the event; null: nothing here' }),
    not_rebuilt: z.array(z.object({ nvr: z.string(), reason: z.string(), rule: z.string() })),
    skipped: z.string().nullable().openapi({ description: 'Why nothing would be rebuilt at all' }),
    total_seconds: z.int().openapi({ description: 'Total of all builds' }),
  })
  .openapi('Plan')

const route = createRoute({
  method: 'post',
  path: '/api/2/plans',
  tags: ['plans'],
  summary: 'Preview of what would be rebuilt for an advisory; changes nothing',
  request: { body: { required: true, content: { 'application/json': { schema: bodySchema } } } },
  responses: {
    200: json(planSchema, 'The plan'),
    400: json(errorSchema, 'Invalid request body'),
    ...tooLarge,
    ...unavailable,
    502: json(errorSchema, 'An upstream service failed'),
    504: json(errorSchema, 'An upstream service did not answer in time'),
  },
})

/** Only in version 2, because the original has no such endpoint. `readBody` reads the body, whatever its Content-Type. */
export function addPlans(app: Api, ctx: Context): void {
  app.openAPIRegistry.registerPath(route)
  app.post(route.path, async (c) => {
    const { errata_id: errataId, container_images: containerImages } = await readBody(c, bodySchema)
    const plan = await previewPlan(ctx, { errataId, containerImages })
    return c.json(presentPlan(errataId, plan, planGates(ctx)), 200)
  })
}
