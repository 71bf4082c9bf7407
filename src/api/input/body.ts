/** Reads request bodies as JSON regardless of their Content-Type, like the original (behaviour/freshmaker 3). */
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { messageOf } from '../../lib/errors.ts'
import { isWithinDepth, MAX_LEVELS } from '../../lib/json.ts'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'
import { CUT_OFF, isCutOff } from './cut-off.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true })
const MAX_SHOWN = 100

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

/** The validated value of a JSON text. @throws ApiError 400 as above */
export function validBody<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  const parsed = schema.safeParse(readJson(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const message = issue?.message ?? 'Invalid request body.'
  const namesField = message.startsWith('"') // the original's texts begin with the quoted name of the field
  const where = issue?.path.length && !namesField ? `${issue.path.join('.')}: ` : ''
  throw new ApiError(400, `${where}${message}`)
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
