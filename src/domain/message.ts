/** The meaning of a message from the bus, independent of its sender's format. */
import { z } from 'zod'

const id = z.number().int().positive()

/** Schema of a meaning as it is stored in the inbox. */
export const meaningSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('advisory-shipped'),
    errataId: id,
    /** Full name, e.g. `RHSA-2024:1234-01`. Null when missing or hidden (embargo): query the Errata Tool. */
    fulladvisory: z.string().nullish(),
  }),
  z.object({
    /** Its flatpaks may be ready to be rebuilt: the Errata Tool has to be queried for the rest. */
    kind: z.literal('module-in-testing'),
    errataId: id,
    /** It has just entered testing, or one of its builds has been signed. */
    by: z.enum(['status', 'signing']),
  }),
  z.object({ kind: z.literal('task-ended'), taskId: id, state: z.enum(['CLOSED', 'FAILED', 'CANCELED']) }),
  z.object({
    kind: z.literal('compose-changed'),
    odcsComposeId: id,
    state: z.enum(['done', 'removed', 'failed']),
  }),
  z.object({
    kind: z.literal('rebuild-requested'),
    /** Of an advisory, or of images by name. */
    of: z.enum(['advisory', 'async']),
    /** Unique among requests: the id that the sender gave to the event. Null: the message's. */
    messageId: z.string().nullable(),
    requester: z.string().nullable(),
    /** The request as it was sent. */
    body: z.record(z.string(), z.json()),
  }),
  /** `buildIds`: builds of the event that were running, as the sender knows them. */
  z.object({ kind: z.literal('cancel-requested'), eventId: id, buildIds: z.array(id) }),
])

/** What a message reports; the same report may arrive twice, late and in any order. */
export type Meaning = z.infer<typeof meaningSchema>

/** The result of reading a message; `reason` is a sentence for people, stored with the message. */
export type Reading =
  | { outcome: 'meaning'; meaning: Meaning }
  | { outcome: 'ignored'; reason: string }
  | { outcome: 'failed'; reason: string }
