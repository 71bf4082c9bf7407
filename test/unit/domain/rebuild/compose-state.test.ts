import { describe, expect, it } from 'vitest'
import {
  COMPOSE_STATES,
  type ComposeState,
  composeStateName,
  ENDED_COMPOSE_STATES,
  isEndedComposeState,
  USABLE_COMPOSE_STATES,
} from '../../../../src/domain/rebuild/compose-state.ts'

describe('the states of a compose', () => {
  it('have the numbers of ODCS', () => {
    expect([0, 1, 2, 3, 4, 5].map((number) => composeStateName(number))).toEqual([
      'wait',
      'generating',
      'done',
      'removed',
      'failed',
      undefined,
    ])
  })

  it('leave a compose that is still being made open', () => {
    const names = Object.keys(COMPOSE_STATES) as ComposeState[] // the keys of the table are the states
    expect(names.filter((state) => !isEndedComposeState(state))).toEqual(['wait', 'generating'])
    expect(ENDED_COMPOSE_STATES).toEqual(['done', 'removed', 'failed'])
  })

  it('let builds use a compose that is done, or was removed after that', () => {
    expect(USABLE_COMPOSE_STATES).toEqual(['done', 'removed'])
  })
})
