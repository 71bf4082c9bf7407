/** Reads what messages about results and waivers have in common: their times and trace context (behaviour/greenwave 6.1, 7.4). */
import { z } from 'zod'
import { parseInstant } from '../../domain/gate/policy/instant.ts'
import { type Trace, traceSchema } from '../../domain/message.ts'
import { asRecord } from './content.ts'

/** A time with or without a fraction and a zone (UTC without one), as microseconds since 1970. */
export const timeUs = z.string().transform((text, check): number => {
  const instant = parseInstant(text)
  const us = instant === null ? null : Math.floor(instant * 1000 + ROUNDING)
  if (Number.isSafeInteger(us)) return Number(us)
  const reason = us === null ? 'is not a time in ISO 8601' : 'is too far from 1970 to be kept in microseconds'
  check.addIssue(`'${text.slice(0, 60)}' ${reason}`)
  return z.NEVER
})

/** An instant is a number of milliseconds, which is exact to a quarter of a microsecond. */
const ROUNDING = 0.5

/** As the W3C defines it: no version `ff`, no ids of zeros, and more parts only in versions to come. */
const TRACEPARENT =
  /^(?!ff|00-.{53})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/
const MAX_TRACESTATE = 512

/** The trace context in a body; null when it has none, or one that is not valid. */
export function readTrace(body: unknown): Trace | null {
  const { traceparent, tracestate } = asRecord(body)
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return null
  const isKept = typeof tracestate === 'string' && tracestate !== '' && tracestate.length <= MAX_TRACESTATE
  return traceSchema.parse({ traceparent, ...(isKept && { tracestate }) })
}
