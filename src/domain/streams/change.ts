/** A change that streams report, and which streams want it (behaviour/streams). */

/** What a stream of events and builds may report: the topics of the messages about them. */
export const CHANGE_KINDS = ['build.state.changed', 'event.state.changed', 'event.state.changed.min'] as const
/** One of them. */
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** What a decision is about; two decisions with equal fields are the same one. */
export type DecisionKey = {
  subjectType: string
  subjectIdentifier: string
  decisionContext: string
  productVersion: string
}

/** A change at its position; `frame` is what every stream that wants it sends. */
export type Change = {
  position: number
  kind: ChangeKind | 'decision.update'
  /** The groups of changes it belongs to. */
  keys: readonly string[]
  frame: Uint8Array
}

/** Which changes a stream wants: those in one of the groups `under` for which `accepts` is true. */
export type Filter = { under: readonly string[]; accepts: (change: Change) => boolean }

/** The group of all changes of events and builds. */
export const EVERY_EVENT = 'every event'
/** The group of the changes of one event and its builds. */
export const eventKey = (id: number) => `event ${id}`
/** The group of the changes of the events of one advisory, and of their builds. */
export const advisoryKey = (searchKey: string) => `advisory ${searchKey}`
/** The group of the changes of one decision. */
export const decisionKey = (key: DecisionKey) =>
  `decision ${JSON.stringify([key.subjectType, key.subjectIdentifier, key.decisionContext, key.productVersion])}`

/** Empty lists do not restrict; several values of one list are alternatives. */
export type EventFilter = {
  events: readonly number[]
  advisories: readonly string[]
  kinds: readonly ChangeKind[]
}

/** The filter of a stream of events and builds; it waits under the list that selects fewest changes. */
export function filterOfEvents({ events, advisories, kinds }: EventFilter): Filter {
  const ofEvents = new Set(events.map(eventKey))
  const ofAdvisories = new Set(advisories.map(advisoryKey))
  const wanted = new Set<string>(kinds)
  const [narrowest] = [ofEvents, ofAdvisories, new Set([EVERY_EVENT])].filter(({ size }) => size > 0)
  return {
    under: [...(narrowest ?? [])],
    accepts: ({ kind, keys }) =>
      (wanted.size === 0 || wanted.has(kind)) && meets(keys, ofEvents) && meets(keys, ofAdvisories),
  }
}

/** The filter of the stream of one decision. */
export function filterOfDecision(key: DecisionKey): Filter {
  return { under: [decisionKey(key)], accepts: () => true }
}

/** Whether a change at a position the stream has not seen is for it. */
export function isFor({ under, accepts }: Filter, change: Change): boolean {
  return under.some((key) => change.keys.includes(key)) && accepts(change)
}

function meets(keys: readonly string[], wanted: ReadonlySet<string>): boolean {
  return wanted.size === 0 || keys.some((key) => wanted.has(key))
}
