/** What a message from the bus means to us, whatever form its sender gave it: the result of a parser in `ingest`. */
import { z } from 'zod'

const id = z.number().int().positive()

/** Checks a meaning read back from the inbox; `fulladvisory` is the full name, e.g. `RHSA-2024:1234-01`. */
export const meaningSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('advisory-shipped'),
    errataId: id,
    /** Null when the sender did not say or hid it (embargoed advisories): ask the Errata Tool. */
    fulladvisory: z.string().nullish(),
  }),
  z.object({ kind: z.literal('task-ended'), taskId: id, state: z.enum(['CLOSED', 'FAILED', 'CANCELED']) }),
  z.object({
    kind: z.literal('compose-changed'),
    odcsComposeId: id,
    state: z.enum(['done', 'removed', 'failed']),
  }),
])

/** A fact somebody told us; the same fact may be told twice or late. */
export type Meaning = z.infer<typeof meaningSchema>
