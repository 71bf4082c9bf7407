/** Previews what would be rebuilt for an advisory or for RPMs: `POST /api/2/plans`, which changes nothing. */
import { createRoute, z } from '@hono/zod-openapi'
import { planGates } from '../../../commands/gate/plan-gates.ts'
import { previewPlan } from '../../../commands/plan/preview-plan.ts'
import type { Context } from '../../../context.ts'
import { MAX_IMAGES, TOO_MANY_IMAGES } from '../../../domain/rebuild/intake/request-checks.ts'
import { problemOfRpmNvr, type WhatIf, WORST_ADVISORY } from '../../../domain/rebuild/plan/what-if.ts'
import { MAX_INTEGER } from '../../../lib/storable.ts'
import { presentPlan } from '../../../present/plan.ts'
import type { Api } from '../../api.ts'
import { readBody } from '../../input/body.ts'
import { errorSchema, json, tooLarge, unavailable } from '../../schemas.ts'

const MAX_RPMS = 1000
const MAX_CONTENT_SETS = 1000
const ID_RANGE = `"errata_id" must be between 1 and ${MAX_INTEGER}.`
const texts = (name: string) => z.array(z.string(), { error: `"${name}" must be an array of strings.` })
const text = (name: string) => z.string({ error: `"${name}" must be a string.` })

const bodySchema = z
  .strictObject({
    errata_id: z
      .int({ error: '"errata_id" must be an integer.' })
      .min(1, ID_RANGE)
      .max(MAX_INTEGER, ID_RANGE)
      .optional(),
    rpm_nvrs: texts('rpm_nvrs')
      .min(1, '"rpm_nvrs" must name at least one RPM.')
      .max(MAX_RPMS, `"rpm_nvrs" must name at most ${MAX_RPMS} RPMs.`)
      .optional()
      .openapi({
        description:
          'Binary RPMs that have the fix, as name-version-release or name-epoch:version-release, in place of errata_id',
        example: ['openssl-libs-1:3.0.7-20.el9'],
      }),
    container_images: texts('container_images')
      .max(MAX_IMAGES, TOO_MANY_IMAGES)
      .default([])
      .openapi({ description: 'NVRs of leaf images to limit the plan to; empty: all' }),
    content_sets: texts('content_sets')
      .max(MAX_CONTENT_SETS, `"content_sets" must name at most ${MAX_CONTENT_SETS} content sets.`)
      .optional()
      .openapi({
        description: 'With rpm_nvrs: only images with content from one of these; without it: from anywhere',
      }),
    advisory_name: text('advisory_name')
      .optional()
      .openapi({
        description: `With rpm_nvrs: the name that the operators' rules judge; by default ${WORST_ADVISORY.advisoryName}`,
      }),
    product: text('product').optional().openapi({
      description: "With rpm_nvrs: the product's short name that the operators' rules judge",
      example: 'RHEL',
    }),
    security_impact: text('security_impact')
      .optional()
      .openapi({
        description: `With rpm_nvrs: the severity that the operators' rules judge; by default ${WORST_ADVISORY.securityImpact}`,
        example: 'important',
      }),
  })
  .superRefine((body, { addIssue }) => {
    const problem = problemOf(body)
    if (problem !== undefined) addIssue({ code: 'custom', message: problem })
  })
  .openapi('PlanRequest', { description: 'Exactly one of errata_id and rpm_nvrs' })

const ONLY_WITH_RPMS = ['content_sets', 'advisory_name', 'product', 'security_impact'] as const

type Body = {
  errata_id?: number
  rpm_nvrs?: string[]
} & Partial<Record<(typeof ONLY_WITH_RPMS)[number], unknown>>

/** What is wrong with the combination of the members; undefined: nothing. */
function problemOf(body: Body): string | undefined {
  if ((body.errata_id === undefined) === (body.rpm_nvrs === undefined))
    return 'Give exactly one of "errata_id" and "rpm_nvrs".'
  const misplaced = ONLY_WITH_RPMS.find((name) => body[name] !== undefined)
  if (body.errata_id !== undefined && misplaced)
    return `"${misplaced}" is only for "rpm_nvrs": the advisory has its own.`
  const odd = body.rpm_nvrs?.flatMap((nvr) => problemOfRpmNvr(nvr) ?? [])[0]
  return odd === undefined ? undefined : `"rpm_nvrs": ${odd}.`
}

function whatIfOf(body: z.output<typeof bodySchema>): WhatIf {
  const { errata_id: errataId, rpm_nvrs: nvrs = [], container_images: containerImages } = body
  if (errataId !== undefined) return { errataId, containerImages }
  const rpms = {
    nvrs,
    contentSets: body.content_sets ?? [],
    advisoryName: body.advisory_name ?? WORST_ADVISORY.advisoryName,
    product: body.product ?? null,
    securityImpact: body.security_impact?.toLowerCase() ?? WORST_ADVISORY.securityImpact,
  }
  return { rpms, containerImages }
}

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
    errata_id: z.int().nullable().openapi({ description: 'null for RPMs' }),
    forecast: z
      .object({ builder_minutes: z.number(), p50_minutes: z.number(), p90_minutes: z.number() })
      .openapi({
        description:
          'For a start now, alongside all open builds: half, and nine out of ten, of the simulated courses end by then',
      }),
    handler: z.string().nullable().openapi({ description: 'What would take the event; null: nothing here' }),
    not_rebuilt: z.array(z.object({ nvr: z.string(), reason: z.string(), rule: z.string() })),
    rpm_nvrs: z.array(z.string()).openapi({ description: 'Empty for an advisory' }),
    skipped: z.string().nullable().openapi({ description: 'Why nothing would be rebuilt at all' }),
    total_seconds: z.int().openapi({ description: 'Total of all builds' }),
  })
  .openapi('Plan')

const route = createRoute({
  method: 'post',
  path: '/api/2/plans',
  tags: ['plans'],
  summary: 'Preview of what would be rebuilt for an advisory or for RPMs; changes nothing',
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

/** Adds the route, in version 2 only because the original has no such endpoint. `readBody` reads the body, whatever its Content-Type. */
export function addPlans(app: Api, ctx: Context): void {
  app.openAPIRegistry.registerPath(route)
  app.post(route.path, async (c) => {
    const whatIf = whatIfOf(await readBody(c, bodySchema))
    return c.json(presentPlan(whatIf, await previewPlan(ctx, whatIf), planGates(ctx)), 200)
  })
}
