/** Responses of the gate, for the OpenAPI document only; those of decisions are in `decision-schemas.ts`. */
import { z } from '@hono/zod-openapi'
import { json } from '../../schemas.ts'

/** The body of every error. */
export const messageSchema = z.object({ message: z.string() }).openapi('GateMessage')

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
