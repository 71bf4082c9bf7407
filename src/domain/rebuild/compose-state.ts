/** States of a compose in ODCS, and when builds can use a compose in each of them. */
import { idsOf, invertIds } from '../id-names.ts'
import { keysOf } from '../keys-of.ts'

/** The numbers are those of ODCS; the database stores them too. */
export const COMPOSE_STATES = { wait: 0, generating: 1, done: 2, removed: 3, failed: 4 } as const
export type ComposeState = keyof typeof COMPOSE_STATES

/** Number of a compose state. */
export const composeStateId = idsOf(COMPOSE_STATES)
/** Name of a compose state; `undefined` for an unknown number. */
export const composeStateName = invertIds(COMPOSE_STATES)
/** The highest number of a state. */
export const MAX_COMPOSE_STATE = Math.max(...Object.values(COMPOSE_STATES))

/** `later`: ODCS is still making it. The build system renews a removed one, so it can be used. */
const USABLE = {
  wait: 'later',
  generating: 'later',
  done: 'now',
  removed: 'now',
  failed: 'never',
} as const satisfies Record<ComposeState, 'later' | 'now' | 'never'>

/** A state that a compose does not leave by itself. */
export type EndedComposeState = {
  [State in ComposeState]: (typeof USABLE)[State] extends 'later' ? never : State
}[ComposeState]

const STATE_NAMES = keysOf(COMPOSE_STATES)

/** Whether ODCS is done with the compose, whatever became of it. */
export function isEndedComposeState(state: ComposeState): state is EndedComposeState {
  return USABLE[state] !== 'later'
}

/** States in which a message about a compose is acted on. */
export const ENDED_COMPOSE_STATES: readonly EndedComposeState[] = STATE_NAMES.filter(isEndedComposeState)

/** States in which builds can use a compose. */
export const USABLE_COMPOSE_STATES: readonly ComposeState[] = STATE_NAMES.filter(
  (state) => USABLE[state] === 'now',
)
