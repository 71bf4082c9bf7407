/** Defines what an event of each type rebuilds; its handler, its texts and the roles that may retry it follow from that. */
import { EVENT_TYPES, type EventTypeName, eventTypeName } from './event.ts'

/** `images`: those that an advisory's RPMs affect; `named-images`: those of a request without an advisory. */
export type EventSubject = 'images' | 'named-images' | 'bundles' | 'flatpaks'

/** The subject of each type; null: the type is obsolete, and only occurs in imported history. */
const SUBJECTS = {
  MBSModuleStateChangeEvent: null,
  GitModuleMetadataChangeEvent: null,
  GitRPMSpecChangeEvent: null,
  TestingEvent: null,
  GitDockerfileChangeEvent: null,
  BodhiUpdateCompleteStableEvent: null,
  KojiTaskStateChangeEvent: null,
  BrewSignRPMEvent: null,
  ErrataRPMAdvisoryShippedEvent: 'images',
  BrewContainerTaskStateChangeEvent: null,
  ErrataAdvisoryStateChangedEvent: 'images',
  FreshmakerManualRebuildEvent: null,
  ODCSComposeStateChangeEvent: null,
  ManualRebuildWithAdvisoryEvent: 'images',
  FreshmakerAsyncManualBuildEvent: 'named-images',
  BotasErrataShippedEvent: 'bundles',
  ManualBundleRebuildEvent: 'bundles',
  FlatpakModuleAdvisoryReadyEvent: 'flatpaks',
  FlatpakApplicationManualBuildEvent: 'flatpaks',
} as const satisfies Record<EventTypeName, EventSubject | null>

/** What events of this type rebuild; null for an obsolete or unknown type. */
export function eventSubject(eventTypeId: number): EventSubject | null {
  const name = eventTypeName(eventTypeId)
  return name === undefined ? null : SUBJECTS[name]
}

/** Whether the search key of such an event is the id of an advisory; keys of others may be numbers too, as of module builds. */
export function hasAdvisory(eventTypeId: number): boolean {
  const subject = eventSubject(eventTypeId)
  return subject !== null && subject !== 'named-images'
}

/** The types of all events that have an advisory. */
export const ADVISORY_TYPES: readonly number[] = Object.values(EVENT_TYPES).filter(hasAdvisory)
