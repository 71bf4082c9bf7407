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

/** `failed`, with the place and problem of every invalid value. */
export function invalid(error: z.ZodError): Extract<Reading, { outcome: 'failed' }> {
  const reason = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ')
  return { outcome: 'failed', reason }
}

/** Content types of an advisory; null when they are missing or, under embargo, hidden. */
export const contentTypes = z.array(z.string()).nullish().catch(null)

/** An id: a number, or its text, since headers carry numbers as text. Limited to what our columns can store. */
export const wireId = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value),
  z.number().int().positive().max(MAX_INTEGER),
)
