/** The three outcomes of reading a message, and the schemas that parsers share. */
import { z } from 'zod'
import type { Meaning, Reading } from '../../domain/message.ts'
import { MAX_INTEGER } from '../../lib/storable.ts'

/** The message reports something that we act on. */
export const means = (meaning: Meaning): Reading => ({ outcome: 'meaning', meaning })
/** The message is valid but not relevant to us. */
export const ignored = (reason: string): Reading => ({ outcome: 'ignored', reason })
/** The message looks relevant but cannot be read; it is kept for an operator. */
export const failed = (reason: string): Reading => ({ outcome: 'failed', reason })

const MAX_SHOWN = 10
const MAX_PLACE = 100

/** `failed`, with the places and problems of the first invalid values: a message may have hundreds of thousands. */
export function invalid({ issues }: z.ZodError): Extract<Reading, { outcome: 'failed' }> {
  const shown = issues.slice(0, MAX_SHOWN).map(({ path, message }) => {
    return `${path.join('.').slice(0, MAX_PLACE).toWellFormed() || 'body'}: ${message}`
  })
  const omitted = issues.length - shown.length
  return { outcome: 'failed', reason: shown.join('; ') + (omitted > 0 ? ` and ${omitted} more` : '') }
}

/** Content types of an advisory; null when they are missing or, under embargo, hidden. */
export const contentTypes = z.array(z.string()).nullish().catch(null)

/** An id: a number, or its text, since headers carry numbers as text. Limited to what our columns can store. */
export const wireId = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value),
  z.number().int().positive().max(MAX_INTEGER),
)
