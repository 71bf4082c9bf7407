/** `odcs.state.change`: a compose of ODCS has changed its state (behaviour/services 1, Bus). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import type { Content } from '../content.ts'
import { ignored, invalid, means, wireId } from '../reading.ts'

/** By the number ODCS gives them. */
const STATES = ['wait', 'generating', 'done', 'removed', 'failed'] as const

const schema = z.object({
  compose: z.object({
    id: wireId,
    state: z
      .number()
      .int()
      .min(0)
      .max(STATES.length - 1),
  }),
})

/** A compose that is still being made does not concern us yet. */
export function parseComposeState({ body }: Content): Reading {
  const message = schema.safeParse(body)
  if (!message.success) return invalid(message.error)
  const { id, state: number } = message.data.compose
  const state = STATES[number]
  if (state === undefined || state === 'wait' || state === 'generating')
    return ignored(`Compose ${id} is in state ${state} and not ready yet.`)
  return means({ kind: 'compose-changed', odcsComposeId: id, state })
}
