/** Answers of the service in the shape that commands rely on. */
import { z } from 'zod'
import { EXIT } from '../end.ts'
import { CommandFailed } from './client.ts'

/** A page of a list. */
export const pageSchema = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  meta: z.object({ page: z.number(), pages: z.number(), total: z.number() }),
})

/** The answer in its shape. @throws CommandFailed for any other, as of another service at that address */
export function checked<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.length ? ` at '${issue.path.join('.')}'` : ''
  throw new CommandFailed(`The answer is not as expected${path}: ${issue?.message}`, EXIT.refused, {
    isOfAddress: true,
  })
}
