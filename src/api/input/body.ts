/** Reads request bodies as JSON regardless of their Content-Type, like the original (behaviour/freshmaker 3). */
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { isWithinDepth, MAX_LEVELS } from '../../lib/json.ts'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

/** The validated body. @throws ApiError 400 for invalid JSON, or with the first violation of the schema */
export async function readBody<S extends z.ZodType>(c: Context<ApiEnv>, schema: S): Promise<z.output<S>> {
  const parsed = schema.safeParse(readJson(await c.req.text()))
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
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(400, 'The request body is not valid JSON.')
  }
}
