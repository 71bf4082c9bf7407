/** The three ways reading a message can end, and the values parsers share. */
import { z } from 'zod'
import type { Meaning, Reading } from '../domain/message.ts'

/** The message is about something we act on. */
export const means = (meaning: Meaning): Reading => ({ outcome: 'meaning', meaning })
/** The message is fine and none of our business. */
export const ignored = (reason: string): Reading => ({ outcome: 'ignored', reason })
/** The message should have been for us, but cannot be read; it is kept for a person to look at. */
export const failed = (reason: string): Reading => ({ outcome: 'failed', reason })

/** `failed`, with every wrong value named by its place in the message. */
export function invalid(error: z.ZodError): Reading {
  return failed(error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '))
}

const MAX_ID = 2_147_483_647

/** An id; headers carry numbers as text. Bounded by what our columns hold. */
export const wireId = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value),
  z.number().int().positive().max(MAX_ID),
)
