/** An unreliable bus: true messages are lost, delayed, repeated and reordered, and false ones claim anything. */
import fc from 'fast-check'
import { publishForeignTask } from '../../../lab/services/koji/foreign-task.ts'
import { announceTask } from '../../../lab/services/koji/messages.ts'
import { type KojiTask, LAB_USER, TASK_STATES, type TaskState } from '../../../lab/services/koji/records.ts'
import { publishForeignCompose } from '../../../lab/services/odcs/foreign-compose.ts'
import { COMPOSE_STATES, type ComposeState } from '../../../lab/services/odcs/state.ts'
import type { World } from '../../../lab/world.ts'

/** What happens to one true message, and the acts that follow it immediately. `pick` selects by remainder. */
type Step = { fate: 'sent' | 'sent-twice' | 'held' | 'lost'; acts: Act[] }
type Act =
  | { kind: 'task'; pick: number; state: TaskState; instance: string; isKnown: boolean; builds: number[] }
  | { kind: 'compose'; pick: number; state: ComposeState; isKnown: boolean }
  | { kind: 'release'; pick: number }
  | { kind: 'repeat'; pick: number }
  | { kind: 'cancel'; pick: number }

const pick = fc.nat(1000)
const keysOf = <T extends string>(table: Readonly<Record<T, number>>) => Object.keys(table) as T[] // of a literal object
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('task' as const),
      pick,
      state: fc.constantFrom(...keysOf(TASK_STATES)),
      instance: fc.constantFrom('stage', 'arm', ''),
      isKnown: fc.boolean(),
      builds: fc.array(fc.nat(3000), { maxLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('compose' as const),
      pick,
      state: fc.constantFrom(...keysOf(COMPOSE_STATES)),
      isKnown: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), pick }) },
)
const cancel = fc.record({ kind: fc.constant('cancel' as const), pick })
const step: fc.Arbitrary<Step> = fc.record({
  fate: fc.constantFrom('sent', 'sent', 'sent-twice', 'held', 'lost'),
  acts: fc.array(fc.oneof({ weight: 60, arbitrary: anyAct }, { weight: 1, arbitrary: cancel }), {
    maxLength: 5,
  }),
})

/** Enough steps for the messages of about ten builds; further messages pass unchanged. */
const STEPS = 120

type Message = Parameters<World['bus']['publish']>

/**
 * Makes the bus of a world unreliable, determined by a seed. Messages of the Errata Tool pass unchanged.
 * @returns a function for the number of false claims published so far
 */
export function makeUnreliable(world: World, seed: number): () => number {
  const steps =
    fc.sample(fc.array(step, { minLength: STEPS, maxLength: STEPS }), { seed, numRuns: 1 })[0] ?? []
  const { publish } = world.bus
  const [held, past]: [Message[], Message[]] = [[], []]
  let claims = 0
  let isActing = false
  const perform = (act: Act) => {
    if (act.kind === 'task') claimTask(world, act)
    if (act.kind === 'compose') claimCompose(world, act)
    if (act.kind === 'cancel') cancelTask(world, act.pick)
    if (act.kind === 'release') send(publish, held.splice(act.pick % Math.max(1, held.length), 1)[0])
    if (act.kind === 'repeat') send(publish, past[act.pick % Math.max(1, past.length)])
    if (act.kind === 'task' || act.kind === 'compose') claims += 1
  }
  world.bus.publish = (...message) => {
    const next = isActing || message[0].includes('errata') ? undefined : steps.shift()
    if (!next) return publish(...message)
    past.push(message)
    if (next.fate === 'held') held.push(message)
    if (next.fate === 'sent' || next.fate === 'sent-twice') publish(...message)
    if (next.fate === 'sent-twice') publish(...message)
    isActing = true
    for (const act of next.acts) perform(act)
    isActing = false
    return undefined
  }
  return () => claims
}

function send(publish: World['bus']['publish'], message: Message | undefined): void {
  if (message) publish(...message)
}

/** A claim about a task of ours, one that is created next, or an unknown one; an empty instance is our own hub's name. */
function claimTask(world: World, { pick, state, instance, isKnown, builds }: Extract<Act, { kind: 'task' }>) {
  const ids = [...ourTasks(world).map(({ id }) => id), world.koji.next.task]
  const id = isKnown ? (ids[pick % ids.length] ?? 0) : 1 + pick
  const result = { repositories: [], koji_builds: builds.map(String) }
  publishForeignTask(world, { id, state, instance, info: { result, owner: LAB_USER.id } })
}

function claimCompose(world: World, { pick, state, isKnown }: Extract<Act, { kind: 'compose' }>) {
  const ids = [...world.odcs.composes.keys(), world.odcs.nextId]
  publishForeignCompose(world, { id: isKnown ? (ids[pick % ids.length] ?? 0) : 9000 + pick, state })
}

/** A user cancels a running task: a true change, unlike the claims. */
function cancelTask(world: World, pick: number): void {
  const open = ourTasks(world).filter(({ state }) => state === 'OPEN')
  const task = open[pick % Math.max(1, open.length)]
  if (!task) return
  task.state = 'CANCELED'
  task.completedAt = world.now()
  announceTask(world, task, 'OPEN')
  world.koji.wakeBuilder()
}

function ourTasks(world: World): KojiTask[] {
  return [...world.koji.tasks.values()].filter(({ owner }) => owner === LAB_USER.id)
}
