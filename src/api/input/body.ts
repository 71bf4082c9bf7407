/** Bodies of requests: JSON whatever their Content-Type says, as this API has always taken them (behaviour/freshmaker 3). */
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

/** The checked body. @throws ApiError 400 for what is no JSON, and for the first thing that is wrong in it */
export async function readBody<S extends z.ZodType>(c: Context<ApiEnv>, schema: S): Promise<z.output<S>> {
  const parsed = schema.safeParse(parseJson(await c.req.text()))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : ''
  const isOwnText = issue?.message.startsWith('"')
  throw new ApiError(400, isOwnText ? (issue?.message ?? '') : `${where}${issue?.message ?? 'Bad body.'}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(400, 'The request body is not valid JSON.')
  }
}
