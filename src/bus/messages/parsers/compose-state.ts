/** `odcs.state.change`: a compose of ODCS has changed its state (behaviour/services 1, Bus). */
import { z } from 'zod'
import type { Reading } from '../../../domain/message.ts'
import {
  composeStateName,
  isEndedComposeState,
  MAX_COMPOSE_STATE,
} from '../../../domain/rebuild/compose-state.ts'
import type { Content } from '../content.ts'
import { ignored, invalid, means, wireId } from '../reading.ts'

const schema = z.object({
  compose: z.object({ id: wireId, state: z.number().int().min(0).max(MAX_COMPOSE_STATE) }),
})

/** A compose that is still being made does not concern us yet. */
export function parseComposeState({ body }: Content): Reading {
  const message = schema.safeParse(body)
  if (!message.success) return invalid(message.error)
  const { id, state: number } = message.data.compose
  const state = composeStateName(number)
  if (state === undefined || !isEndedComposeState(state))
    return ignored(`Compose ${id} is in state ${state} and not ready yet.`)
  return means({ kind: 'compose-changed', odcsComposeId: id, state })
}
