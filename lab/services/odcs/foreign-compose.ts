/** Messages about composes with false claims, as another ODCS on the same bus or any other client may send them. */
import { publish, type World } from '../../world.ts'
import { COMPOSE_TOPIC, composeStruct } from './answers.ts'
import type { Compose, ComposeState } from './state.ts'

/** A compose as a false message describes it; its id may be that of a real compose. */
export type ForeignCompose = {
  id: number
  /** The claimed state. */
  state: ComposeState
  /** Other members of the compose to replace or add. */
  claims?: Readonly<Record<string, unknown>>
}

/** Publishes the message and returns its body; what is not claimed is taken from the real compose, if it exists. */
export function publishForeignCompose(
  world: World,
  { id, state, claims }: ForeignCompose,
): Record<string, unknown> {
  const compose = world.odcs.composes.get(id) ?? unknownCompose(id, world.now())
  const body = {
    event: 'state-changed',
    compose: { ...composeStruct({ ...compose, state }), ...claims },
  }
  publish(world, COMPOSE_TOPIC, body)
  world.log(`odcs: false message: compose ${id} ${state}`)
  return body
}

function unknownCompose(id: number, now: number): Compose {
  return {
    id,
    owner: 'another-client',
    sourceType: 'tag',
    source: 'another-tag',
    state: 'wait',
    stateReason: null,
    submittedAt: now,
    startedAt: null,
    doneAt: null,
    secondsToLive: 24 * 3600,
    flags: [],
    packages: [],
    builds: [],
    arches: ['x86_64'],
    sigkeys: [],
    modules: [],
  }
}
