/** A change that streams report, and which streams want it (behaviour/streams). */

/** What a stream of events and builds may report; each is the topic of a message. */
export const CHANGE_KINDS = ['build.state.changed', 'event.state.changed', 'event.state.changed.min'] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** What a decision is about; two decisions with equal fields are the same one. */
export type DecisionKey = {
  subjectType: string
  subjectIdentifier: string
  decisionContext: string
  productVersion: string
}

/** A change at its position; `frame` is what every stream that wants it sends. */
export type StreamChange = {
  position: number
  kind: ChangeKind | 'decision.update'
  /** The groups of changes it belongs to. */
  groups: readonly string[]
  frame: Uint8Array
}

/** Which changes a stream wants: those in one of `groups` for which `accepts` is true. */
export type StreamFilter = { groups: readonly string[]; accepts: (change: StreamChange) => boolean }

/** The group of all changes of events and builds. */
export const EVERY_EVENT = 'every event'
/** The group of the changes of one event and its builds. */
export const eventGroup = (id: number) => `event ${id}`
/** The group of the changes of the events of one advisory, and of their builds. */
export const advisoryGroup = (searchKey: string) => `advisory ${searchKey}`
/** The group of the changes of one decision. */
export const decisionGroup = (key: DecisionKey) =>
  `decision ${JSON.stringify([key.subjectType, key.subjectIdentifier, key.decisionContext, key.productVersion])}`

/** Empty lists do not restrict; several values of one list are alternatives. */
export type EventChangeFilter = {
  events: readonly number[]
  advisories: readonly string[]
  kinds: readonly ChangeKind[]
}

/** The filter of a stream of events and builds; its groups are those of the list that selects the fewest changes. */
export function filterOfEvents({ events, advisories, kinds }: EventChangeFilter): StreamFilter {
  const ofEvents = new Set(events.map(eventGroup))
  const ofAdvisories = new Set(advisories.map(advisoryGroup))
  const wanted = new Set<string>(kinds)
  const [narrowest] = [ofEvents, ofAdvisories, new Set([EVERY_EVENT])].filter(({ size }) => size > 0)
  return {
    groups: [...(narrowest ?? [])],
    accepts: ({ kind, groups }) =>
      (wanted.size === 0 || wanted.has(kind)) && meets(groups, ofEvents) && meets(groups, ofAdvisories),
  }
}

/** The filter of the stream of one decision. */
export function filterOfDecision(key: DecisionKey): StreamFilter {
  return { groups: [decisionGroup(key)], accepts: () => true }
}

/** Whether the filter lets the change through; the caller checks that the stream has not had its position yet. */
export function isFor({ groups, accepts }: StreamFilter, change: StreamChange): boolean {
  return groups.some((group) => change.groups.includes(group)) && accepts(change)
}

function meets(groups: readonly string[], wanted: ReadonlySet<string>): boolean {
  return wanted.size === 0 || groups.some((group) => wanted.has(group))
}
