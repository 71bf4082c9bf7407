/** The meaning of a message from the bus, independent of its sender's format. */
import { z } from 'zod'
import { ENDED_COMPOSE_STATES } from './rebuild/compose-state.ts'

const id = z.number().int().positive()

/** W3C trace context, as it came in a message or is stored with a row. */
export const traceSchema = z.object({ traceparent: z.string(), tracestate: z.string().optional() })
export type Trace = z.infer<typeof traceSchema>

/** What messages about a subject of the gate have in common. */
const aboutSubject = {
  testCase: z.string(),
  /** When the result or waiver was submitted, in microseconds since 1970. */
  submittedUs: z.number().int(),
  trace: traceSchema.nullable(),
}

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
  z.object({
    kind: z.literal('task-ended'),
    taskId: id,
    state: z.enum(['CLOSED', 'FAILED', 'CANCELED']),
    /** The build that the task produced, according to the sender. */
    kojiBuildId: id.optional(),
  }),
  z.object({
    kind: z.literal('compose-changed'),
    odcsComposeId: id,
    state: z.enum(ENDED_COMPOSE_STATES),
  }),
  z.object({
    kind: z.literal('rebuild-requested'),
    /** A rebuild of an advisory, or of images by name. */
    of: z.enum(['advisory', 'async']),
    /** Unique among requests: the id that the sender gave to the event. Null: the message's. */
    messageId: z.string().nullable(),
    requester: z.string().nullable(),
    /** The request as it was sent. */
    body: z.record(z.string(), z.json()),
  }),
  /** `buildIds`: builds of the event that were running, as the sender knows them. */
  z.object({ kind: z.literal('cancel-requested'), eventId: id, buildIds: z.array(id) }),
  z.object({
    kind: z.literal('result-new'),
    ...aboutSubject,
    /** Null where the format has none at the top. */
    outcome: z.string().nullable(),
    /** The result's data, lists of one value as that value: they describe the subject. */
    pairs: z.record(z.string(), z.json()),
    brewTaskId: id.nullable(),
  }),
  z.object({
    kind: z.literal('waiver-new'),
    ...aboutSubject,
    subjectType: z.string(),
    subjectIdentifier: z.string(),
    productVersion: z.string(),
  }),
])

/** What a message reports; the same report may arrive twice, late and in any order. */
export type Meaning = z.infer<typeof meaningSchema>

/** A message after which the decisions on its subject have to be judged again. */
export type News = Extract<Meaning, { kind: 'result-new' | 'waiver-new' }>

/** The service that each kind of news comes from, which labels its counters (behaviour/greenwave 6.7). */
export const NEWS_SERVICES = {
  'result-new': 'resultsdb',
  'waiver-new': 'waiverdb',
} as const satisfies Record<News['kind'], string>

/** Whether a meaning is news of a subject. */
export function isNews(meaning: Meaning): meaning is News {
  return Object.hasOwn(NEWS_SERVICES, meaning.kind)
}

/** The result of reading a message; `reason` is a sentence for people, stored with the message. */
export type Reading =
  | { outcome: 'meaning'; meaning: Meaning }
  | { outcome: 'ignored'; reason: string }
  /** `pairs`: what a result or a waiver names, although it cannot be read as a whole. */
  | { outcome: 'failed'; reason: string; pairs?: Pairs }

/** Key-value pairs such as a result's data, not validated. */
export type Pairs = Readonly<Record<string, unknown>>

/** What a message names that decisions may be about; null: it is not about a result or a waiver. */
export function pairsOf(reading: Reading): Pairs | null {
  if (reading.outcome === 'failed') return reading.pairs ?? null
  if (reading.outcome === 'ignored') return null
  return isNews(reading.meaning) ? pairsOfNews(reading.meaning) : null
}

/** The same for news that could be read. */
export function pairsOfNews(news: News): Pairs {
  return news.kind === 'result-new' ? news.pairs : { item: news.subjectIdentifier }
}
