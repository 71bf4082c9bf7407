/** The request for a decision and its responses, for the OpenAPI document only; requests are checked in `gate-input`. */
import { z } from '@hono/zod-openapi'
import { CONDITIONS, FILE_OUTCOMES } from '../../../domain/gate/explain/explanation.ts'
import { DECISION_AS_OF } from '../../api.ts'
import { messageSchema } from './schemas.ts'

const names = z.array(z.string())
const name = z.string().nullable()
const ids = z.array(z.union([z.int(), z.string().regex(/^\d+$/)])).nullish()
const withRules = (description: string) => ({ description: `With \`rules\` only: ${description}` })

const policyExplanation = z
  .object({
    policy: name.openapi({ description: 'Its id' }),
    file: name.openapi({
      description: 'Name of the file, or URL of the rule file; null for the rules of a request',
    }),
    line: z.int().nullable(),
    applied: z.boolean().openapi({ description: 'Whether it is one of the applicable policies' }),
    condition: z.enum(CONDITIONS).nullable().openapi({
      description:
        'The first condition that failed; an applied policy may leave out the package or some rules',
    }),
    because: name,
  })
  .openapi('PolicyExplanation')

const fileExplanation = z
  .object({
    url: name.openapi({ description: 'Without credentials; null when none could be made of the template' }),
    outcome: z.enum(FILE_OUTCOMES),
    because: name,
    policies: z.array(policyExplanation),
  })
  .openapi('FileExplanation')

const explanationSchema = z
  .object({
    cause: z
      .string()
      .optional()
      .openapi({ description: 'In errors: the cause where the message does not give it' }),
    trace_id: z
      .string()
      .optional()
      .openapi({ description: 'The trace of the request, where traces are exported' }),
    complete: z
      .boolean()
      .openapi({ description: 'false: the rest of the subjects would make the answer too long' }),
    subjects: z.array(
      z.object({
        subject_type: z.string(),
        subject_identifier: z.string(),
        policies: z.array(policyExplanation),
        files: z
          .array(fileExplanation)
          .openapi({ description: 'Places of rule files, as far as they were tried' }),
      }),
    ),
  })
  .openapi('Explanation')

/** The body of an error: `explanation` is the cause where the message does not give it, or what `explain` requested. */
export const decisionFaultSchema = messageSchema
  .extend({ explanation: z.union([z.string(), explanationSchema]).optional() })
  .openapi('DecisionFault')

/** The header of a decision about the past. */
export const decisionHeaders = z.object({
  [DECISION_AS_OF]: z
    .string()
    .optional()
    .openapi({ description: 'For requests with `when` only: that time', example: '2024-05-01T00:00:00.0Z' }),
})

/** The body of `POST /decision` (behaviour/greenwave 3.2). */
export const decisionRequestSchema = z
  .object({
    product_version: z.string().min(1).openapi({ example: 'fedora-40' }),
    decision_context: z.union([z.string(), names]).optional().openapi({
      description: 'One decision context or a list; required without `rules`, forbidden with them',
    }),
    subject_type: z.string().optional().openapi({ example: 'koji_build' }),
    subject_identifier: z.string().optional().openapi({ example: 'glibc-2.39-2.fc40' }),
    subject: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .optional()
      .openapi({ description: 'List of subjects, instead of `subject_type` and `subject_identifier`' }),
    verbose: z.boolean().optional(),
    explain: z.boolean().optional().openapi({ description: 'Whether the answer includes `explanation`' }),
    ignore_result: ids,
    ignore_waiver: ids,
    when: name.optional().openapi({ example: '2024-05-01T00:00:00.000000' }),
    rules: z.array(z.record(z.string(), z.unknown())).nullish().openapi({
      description: 'Rules for this request alone, instead of the policies of a decision context',
    }),
    id: name.optional().openapi(withRules('their id in messages')),
    product_versions: names.optional().openapi(withRules('patterns of the product versions they apply to')),
    packages: names.optional().openapi(withRules('patterns of the packages they apply to')),
    excluded_packages: names.optional().openapi(withRules('patterns of the packages they do not apply to')),
  })
  .openapi('DecisionRequest')

const requirement = z.record(z.string(), z.unknown()).openapi('Requirement')

/** The response (behaviour/greenwave 3.12). */
export const decisionSchema = z
  .object({
    policies_satisfied: z.boolean(),
    summary: z.string(),
    satisfied_requirements: z.array(requirement),
    unsatisfied_requirements: z.array(requirement),
    applicable_policies: z
      .array(name)
      .optional()
      .openapi({ description: 'Missing for requests with `rules`' }),
    results: z.array(z.unknown()).optional().openapi({ description: 'In verbose responses only' }),
    waivers: z.array(z.unknown()).optional().openapi({ description: 'In verbose responses only' }),
    explanation: explanationSchema.optional().openapi({ description: 'Only for requests with `explain`' }),
  })
  .openapi('Decision')
