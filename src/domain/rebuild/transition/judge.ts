/** The interface of a judge, which decides what one kind of fact changes in an event (`judge-*.ts`). */
import { isTerminalEventState } from '../states.ts'
import type { EventEnd } from './completion.ts'
import type { BuildChange, BuildFacts, EventFacts, Fact, Outcome, RetryRules } from './facts.ts'

/** The names of all kinds of fact. */
export type FactKind = Fact['kind']
/** The fact with the fields of this kind. */
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>

/** Judges do not decide completion: `event` is only the change that the fact itself requests. */
export type Judgement = {
  builds?: BuildChange[]
  event?: EventEnd
  wake?: number[]
  cancelTasks?: Outcome['cancelTasks']
}

/** A string means that the fact is ignored, and why. */
export type Judge<K extends FactKind> = (
  event: EventFacts,
  fact: FactOf<K>,
  rules: RetryRules,
) => Judgement | string

/** Whether the event is in a terminal state. */
export const hasEnded = (event: EventFacts): boolean => isTerminalEventState(event.state)

/** A build of the event; a string says that the event has no build with this id. */
export function buildOf(event: EventFacts, id: number): BuildFacts | string {
  return event.builds.find((build) => build.id === id) ?? `Event ${event.id} has no build ${id}`
}

/** The text for a fact that does not fit the state of its build or event. */
export const misfit = (event: EventFacts, build: BuildFacts, kind: FactKind): string =>
  `${kind} does not fit: build ${build.id} is ${build.state}, event ${event.id} is ${event.state}`
