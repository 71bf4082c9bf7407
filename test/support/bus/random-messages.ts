/** A bus that lies: true messages are lost, late, repeated and in another order, and false ones claim anything at all. */
import fc from 'fast-check'
import { publishForeignTask } from '../../../lab/services/koji/foreign-task.ts'
import { announceTask } from '../../../lab/services/koji/messages.ts'
import { type KojiTask, LAB_USER, TASK_STATES, type TaskState } from '../../../lab/services/koji/records.ts'
import { publishForeignCompose } from '../../../lab/services/odcs/foreign-compose.ts'
import { COMPOSE_STATES, type ComposeState } from '../../../lab/services/odcs/state.ts'
import type { World } from '../../../lab/world.ts'

/** What becomes of one true message, and the acts that follow it at once. `pick` selects by remainder. */
type Step = { fate: 'sent' | 'sent-twice' | 'held' | 'lost'; acts: Act[] }
type Act =
  | { kind: 'task'; pick: number; state: TaskState; instance: string; isKnown: boolean; builds: number[] }
  | { kind: 'compose'; pick: number; state: ComposeState; isKnown: boolean }
  | { kind: 'release'; pick: number }
  | { kind: 'repeat'; pick: number }
  | { kind: 'cancel'; pick: number }

const pick = fc.nat(1000)
const keysOf = <T extends string>(table: Readonly<Record<T, number>>) => Object.keys(table) as T[] // of a literal object
const act: fc.Arbitrary<Act> = fc.oneof(
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
  acts: fc.array(fc.oneof({ weight: 60, arbitrary: act }, { weight: 1, arbitrary: cancel }), {
    maxLength: 5,
  }),
})

/** Enough steps for the messages of some ten builds; further messages pass as they are. */
const STEPS = 120

type Message = Parameters<World['bus']['publish']>

/** Lets the bus of a world lie by a seed. Messages of the Errata Tool pass. @returns how many false claims were published */
export function liesBySeed(world: World, seed: number): () => number {
  const steps =
    fc.sample(fc.array(step, { minLength: STEPS, maxLength: STEPS }), { seed, numRuns: 1 })[0] ?? []
  const { publish } = world.bus
  const [held, past]: [Message[], Message[]] = [[], []]
  let claims = 0
  let isActing = false
  const perform = (what: Act) => {
    if (what.kind === 'task') claimTask(world, what)
    if (what.kind === 'compose') claimCompose(world, what)
    if (what.kind === 'cancel') cancelTask(world, what.pick)
    if (what.kind === 'release') send(publish, held.splice(what.pick % Math.max(1, held.length), 1)[0])
    if (what.kind === 'repeat') send(publish, past[what.pick % Math.max(1, past.length)])
    if (what.kind === 'task' || what.kind === 'compose') claims += 1
  }
  world.bus.publish = (...message) => {
    const next = isActing || message[0].includes('errata') ? undefined : steps.shift()
    if (!next) return publish(...message)
    past.push(message)
    if (next.fate === 'held') held.push(message)
    if (next.fate === 'sent' || next.fate === 'sent-twice') publish(...message)
    if (next.fate === 'sent-twice') publish(...message)
    isActing = true
    for (const what of next.acts) perform(what)
    isActing = false
    return undefined
  }
  return () => claims
}

function send(publish: World['bus']['publish'], message: Message | undefined): void {
  if (message) publish(...message)
}

/** About a task of ours, one that is created next, or an unknown one; an empty instance is our own hub's name. */
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

/** A user really cancels a task that runs. */
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
