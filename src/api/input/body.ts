/** Reads request bodies as JSON regardless of their Content-Type, like the original (behaviour/freshmaker 3). */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { nearestNames } from '../../config/options/nearest.ts'
import { messageOf } from '../../lib/errors.ts'
import { isWithinDepth, MAX_LEVELS } from '../../lib/json.ts'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'
import { CUT_OFF, isCutOff } from './cut-off.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true })
const MAX_SHOWN = 100
const NOT_AN_OBJECT = 'The request body must be a JSON object.'
const NO_FIELDS = z.strictObject({}, { error: 'The request body must be empty, or {}.' })

/** The body as it was sent. @throws ApiError 400 when the connection ends before the body does */
export async function readBytes(c: Context<ApiEnv>): Promise<ArrayBuffer> {
  try {
    return await c.req.arrayBuffer()
  } catch (error) {
    if (isCutOff(c)) throw new ApiError(400, CUT_OFF)
    throw error
  }
}

/** The body as text. @throws ApiError 400 as above, and for a body that is compressed or not UTF-8 */
export async function readText(c: Context<ApiEnv>): Promise<string> {
  const encoding = c.req.header('content-encoding') || 'identity'
  const bytes = await readBytes(c)
  if (encoding.toLowerCase() !== 'identity')
    throw new ApiError(
      400,
      `The Content-Encoding ${encoding.slice(0, MAX_SHOWN)} is not supported: send the request body uncompressed.`,
    )
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new ApiError(400, 'The request body is not valid UTF-8.')
  }
}

/** The validated body. @throws ApiError 400 for invalid JSON, or with the first violation of the schema */
export async function readBody<S extends z.ZodType>(c: Context<ApiEnv>, schema: S): Promise<z.output<S>> {
  return validBody(await readText(c), schema)
}

/** Refuses fields in requests that have none: a caller that sends one expects an effect. @throws ApiError 400 as above */
export async function expectNoFields(c: Context<ApiEnv>): Promise<void> {
  const text = await readText(c)
  if (text !== '') validBody(text, NO_FIELDS)
}

/** The validated value of a JSON text. @throws ApiError 400 as above */
export function validBody<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  const parsed = schema.safeParse(readJson(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.code === 'unrecognized_keys' && issue.path.length === 0)
    throw new ApiError(400, unknownField(issue.keys[0] ?? '', fieldsOf(schema)))
  // About the body as a whole, unless its schema has its own message.
  const isOtherKind = issue?.code === 'invalid_type' && issue.path.length === 0
  if (isOtherKind && issue.message.startsWith('Invalid input')) throw new ApiError(400, NOT_AN_OBJECT)
  const message = issue?.message ?? 'Invalid request body.'
  const namesField = message.startsWith('"') // the original's texts begin with the quoted name of the field
  const where = issue?.path.length && !namesField ? `${issue.path.join('.')}: ` : ''
  throw new ApiError(400, `${where}${message}`)
}

function fieldsOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

function unknownField(name: string, fields: readonly string[]): string {
  const unknown = `${JSON.stringify(name.slice(0, MAX_SHOWN))} is not a field of this request`
  const list = (names: readonly string[], word: string) => names.map((each) => `"${each}"`).join(word)
  const nearest = nearestNames(name.slice(0, MAX_SHOWN), fields)
  if (nearest.length > 0) return `${unknown}; did you mean ${list(nearest, ' or ')}?`
  return fields.length > 0 ? `${unknown}, which has ${list(fields, ', ')}.` : `${unknown}, which has none.`
}

/** The value of a JSON text. @throws ApiError 400 for invalid JSON, and for more levels than can be written again */
export function readJson(text: string): unknown {
  const json = parsed(text)
  if (!isWithinDepth(json, MAX_LEVELS))
    throw new ApiError(400, `The request body is nested more than ${MAX_LEVELS} levels deep.`)
  return json
}

function parsed(text: string): unknown {
  if (text.trim() === '') throw new ApiError(400, 'The request body is empty, and has to be JSON.')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ApiError(400, `The request body is not valid JSON: ${messageOf(error)}`)
  }
}
