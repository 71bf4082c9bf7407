/** Causes trouble with a service of the lab when a stage of an event begins, and ends it again. */
import type { FaultRule } from '../../../lab/fault-rule.ts'
import { isStruct } from '../../../lab/services/koji/methods/method.ts'
import type { World } from '../../../lab/world.ts'
import type { TestWorld } from '../lab/world.ts'
import type { Kind } from './kinds.ts'
import { OWN_COMPOSE } from './small-world.ts'
import { SERVICE_OF, type StageCell } from './stages.ts'

export type ArmedTrouble = {
  /** How many requests have failed because of it. */
  met(): number
  end(): Promise<void>
}

/** More than any test sends: the difference to the remaining number is the number of failed requests. */
const MANY = 1_000_000

/** Sets the trouble of a cell. It begins by itself; `end` restores everything. */
export function armTrouble(
  { lab }: TestWorld,
  { column, gate }: StageCell,
  { fault, stopped, blame }: Kind,
): ArmedTrouble {
  const { world } = lab
  const service = SERVICE_OF[column]
  const compose = gate.prepare === 'own-compose' ? addOwnCompose(world) : undefined
  const operation = compose === undefined ? gate.from : `GET /api/1/composes/${compose}`
  const rule: FaultRule = { service, ...fault, ...(operation && { operation }), times: MANY }
  let widening: Promise<void> | undefined
  const widen = async () => {
    // Otherwise polls, which read other composes or their list, would report again and again that the service has recovered.
    if (compose !== undefined && blame === 'service') {
      rule.operation = 'GET /api/1/composes/:id'
      world.faults.push({ ...rule, operation: 'GET /api/1/composes/' })
    }
    if (gate.only) return
    delete rule.operation
    if (stopped) await lab.processes[service].stop()
  }
  if (!gate.after) world.faults.push(rule)
  world.mutate = (answering, answered, json) => {
    if (compose !== undefined && answered === 'getBuild') setCompose(json, compose)
    if (gate.prepare === 'canceled-task' && answered === 'buildContainer') cancel(world, Number(json))
    const { after } = gate
    const begins = after && answering === service && answered === after.operation
    const isMet = Object.entries(after?.where ?? {}).every(
      ([name, value]) => Reflect.get(Object(json), name) === value,
    )
    if (begins && isMet && !world.faults.includes(rule)) world.faults.push(rule)
    return json
  }
  return {
    met: () => {
      const times = MANY - (rule.times ?? MANY)
      if (times > 0) widening ??= widen()
      return times
    },
    end: async () => {
      world.faults.length = 0
      world.mutate = null
      await widening
      if (widening && stopped && !gate.only) await lab.processes[service].restart()
    },
  }
}

/** A compose that no earlier event has used, so that its state is not known. */
function addOwnCompose(world: World): number {
  const [model] = world.odcs.composes.values()
  if (!model) throw new Error('There is no compose.')
  const id =
    Math.max(OWN_COMPOSE, ...[...world.odcs.composes.keys()].filter((known) => known < 2 * OWN_COMPOSE)) + 1
  world.odcs.composes.set(id, { ...model, id })
  return id
}

function setCompose(build: unknown, id: number): void {
  const image: unknown = Reflect.get(Object(Reflect.get(Object(build), 'extra')), 'image')
  if (isStruct(image)) image.odcs = { compose_ids: [id], signing_intent: 'release' }
}

/** Cancels a task as if a user had done so immediately; the message about it is lost. */
function cancel(world: World, taskId: number): void {
  const task = world.koji.tasks.get(taskId)
  if (!task) throw new Error(`no task ${taskId}`)
  task.state = 'CANCELED'
  task.completedAt = world.now()
}
