/** What a message from the bus means to us, whatever form its sender gave it. */
import { z } from 'zod'

const id = z.number().int().positive()

/** Checks a meaning read back from the inbox. */
export const meaningSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('advisory-shipped'),
    errataId: id,
    /** Full name, e.g. `RHSA-2024:1234-01`. Null when not said or hidden (embargo): ask the Errata Tool. */
    fulladvisory: z.string().nullish(),
  }),
  z.object({ kind: z.literal('task-ended'), taskId: id, state: z.enum(['CLOSED', 'FAILED', 'CANCELED']) }),
  z.object({
    kind: z.literal('compose-changed'),
    odcsComposeId: id,
    state: z.enum(['done', 'removed', 'failed']),
  }),
])

/** A fact somebody told us; the same fact may be told twice, late and in any order. */
export type Meaning = z.infer<typeof meaningSchema>

/** What reading a message led to; `reason` is a sentence for a person, kept with the message. */
export type Reading =
  | { outcome: 'meaning'; meaning: Meaning }
  | { outcome: 'ignored'; reason: string }
  | { outcome: 'failed'; reason: string }
