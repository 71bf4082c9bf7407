/** Requests and responses of the gate, for the OpenAPI document only; requests are checked in `gate-input`. */
import { z } from '@hono/zod-openapi'
import { json } from '../../schemas.ts'

/** The body of every error. */
export const messageSchema = z.object({ message: z.string() }).openapi('GateMessage')

/** The body of a failure of an outside service; `explanation` is the cause where the message does not give it. */
export const upstreamMessageSchema = messageSchema
  .extend({ explanation: z.string().optional() })
  .openapi('GateUpstreamMessage')

/** The query of every route that supports JSONP. */
export const callbackQuery = z.object({
  callback: z
    .string()
    .optional()
    .openapi({ description: 'JSONP: name of a function; the response is then a script that calls it' }),
})

/** A response as JSON, or as a script for JSONP. */
export function jsonOrScript<Schema extends z.ZodType>(schema: Schema, description: string) {
  const { content } = json(schema, description)
  return { description, content: { ...content, 'application/javascript': { schema: z.string() } } }
}

/** The response to a JSONP request whose callback is not a function name. */
export const badCallback = json(messageSchema, 'The callback is not the name of a function')

const names = z.array(z.string())
const name = z.string().nullable()
const withRules = (description: string) => ({ description: `With \`rules\` only: ${description}` })

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
    ignore_result: z.array(z.int()).optional(),
    ignore_waiver: z.array(z.int()).optional(),
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
  })
  .openapi('Decision')

/** One policy (behaviour/greenwave 1.4). */
export const policySchema = z
  .object({
    id: name,
    product_versions: names,
    decision_context: name,
    decision_contexts: names,
    subject_type: name,
    subject_types: names,
    rules: z.array(z.record(z.string(), z.unknown())),
    excluded_packages: names,
    packages: names,
    relevance_key: name,
    relevance_value: name,
  })
  .openapi('Policy')

const versionPatterns = z.array(z.object({ match: z.string(), product_version: z.string() }))
const serialization = z.object({
  item_key: z.string().optional(),
  keys: z.record(z.string(), z.string()).optional(),
})

/** One subject type (behaviour/greenwave 2.1). */
export const subjectTypeSchema = z
  .object({
    id: z.string(),
    aliases: names,
    item_key: name,
    is_koji_build: z.boolean(),
    is_nvr: z.boolean(),
    ignore_missing_policy: z.boolean(),
    product_version_match: versionPatterns,
    product_version_from_koji_build_target: versionPatterns,
    product_version: name,
    item_dict: serialization,
    result_queries: z.array(serialization),
  })
  .openapi('SubjectType')

const gateFields = {
  documentation: z.string(),
  api_v1: z.string(),
  resultsdb_api: z.string(),
  waiverdb_api: z.string(),
  koji_api: name,
  outcomes_passed: names,
  outcomes_error: names,
  outcomes_incomplete: names,
  remote_rule_policies: z.record(z.string(), z.union([z.string(), names])),
}

/** The gate's configuration. */
export const gateSchema = z.object(gateFields).openapi('Gate')

/** The first page of the whole service, which includes the gate's configuration. */
export const landingSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    links: z.record(z.string(), z.string()),
    ...gateFields,
  })
  .openapi('Landing')
