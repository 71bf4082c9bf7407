/** Validates what is posted to the control API. */
import type { Context } from 'hono'
import { z } from 'zod'

/** A handler that passes the posted JSON to `act` and returns its result; invalid JSON is a 400 with the reasons. */
export function posted<T>(schema: z.ZodType<T>, act: (body: T) => object): (c: Context) => Promise<Response> {
  return async (c) => {
    const body = schema.safeParse(await c.req.json().catch(() => null))
    return body.success ? c.json(act(body.data)) : c.json({ error: z.prettifyError(body.error) }, 400)
  }
}
