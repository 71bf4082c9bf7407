/** What one kind of fact means for an event: the shape that the judges of `judge-*.ts` answer in. */
import { TERMINAL_EVENT_STATES } from '../../event.ts'
import type { EventEnd } from './completion.ts'
import type { BuildChange, BuildFacts, EventFacts, Fact, Outcome, RetryRules } from './facts.ts'

/** What sort of thing happened. */
export type FactKind = Fact['kind']
/** The fact of one kind. */
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>

/** Completion is not the judges' business: `event` is only what the fact itself asks for. */
export type Judgement = {
  builds?: BuildChange[]
  event?: EventEnd
  wake?: number[]
  cancelTasks?: Outcome['cancelTasks']
}

/** A string as the answer: the fact is ignored, and why. */
export type Judge<K extends FactKind> = (
  event: EventFacts,
  fact: FactOf<K>,
  rules: RetryRules,
) => Judgement | string

/** Whether the event has reached a state it never leaves. */
export const ended = (event: EventFacts): boolean => TERMINAL_EVENT_STATES.has(event.state)

/** A build of the event; a string says that it has none of this id. */
export function buildOf(event: EventFacts, id: number): BuildFacts | string {
  return event.builds.find((build) => build.id === id) ?? `Event ${event.id} has no build ${id}`
}

/** Why a fact does not fit the state of its build. */
export const misfit = (event: EventFacts, build: BuildFacts, kind: FactKind): string =>
  `${kind} does not fit: build ${build.id} is ${build.state}, event ${event.id} is ${event.state}`
