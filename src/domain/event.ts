/** Types and states of events, which trigger rebuilds; all ids are part of the API (behaviour/freshmaker 1.1, 1.2). */
import { idsOf, invertIds } from './id-names.ts'

/** Every event type that ever existed; obsolete ones stay so that stored events keep their meaning. */
export const EVENT_TYPES = {
  MBSModuleStateChangeEvent: 0,
  GitModuleMetadataChangeEvent: 1,
  GitRPMSpecChangeEvent: 2,
  TestingEvent: 3,
  GitDockerfileChangeEvent: 4,
  BodhiUpdateCompleteStableEvent: 5,
  KojiTaskStateChangeEvent: 6,
  BrewSignRPMEvent: 7,
  ErrataRPMAdvisoryShippedEvent: 8,
  BrewContainerTaskStateChangeEvent: 9,
  ErrataAdvisoryStateChangedEvent: 10,
  FreshmakerManualRebuildEvent: 11,
  ODCSComposeStateChangeEvent: 12,
  ManualRebuildWithAdvisoryEvent: 13,
  FreshmakerAsyncManualBuildEvent: 14,
  BotasErrataShippedEvent: 15,
  ManualBundleRebuildEvent: 16,
  FlatpakModuleAdvisoryReadyEvent: 17,
  FlatpakApplicationManualBuildEvent: 18,
} as const
export type EventTypeName = keyof typeof EVENT_TYPES
export type EventTypeId = (typeof EVENT_TYPES)[EventTypeName]

/** Types of the automatic events of shipped RPM advisories: the one that is opened here, and the one that Freshmaker opened. */
export const SHIPPED_RPM_TYPES: readonly EventTypeId[] = [
  EVENT_TYPES.ErrataAdvisoryStateChangedEvent,
  EVENT_TYPES.ErrataRPMAdvisoryShippedEvent,
]

/** Id of an event type. */
export const eventTypeId = idsOf(EVENT_TYPES)
/** Name of an event type; `undefined` for an unknown id. */
export const eventTypeName = invertIds(EVENT_TYPES)

/** States of an event; `rebuild/states.ts` has the allowed transitions. */
export const EVENT_STATES = {
  INITIALIZED: 0,
  BUILDING: 1,
  COMPLETE: 2,
  FAILED: 3,
  SKIPPED: 4,
  CANCELED: 5,
} as const
export type EventState = keyof typeof EVENT_STATES

/** Id of an event state. */
export const eventStateId = idsOf(EVENT_STATES)
/** Name of an event state; `undefined` for an unknown id. */
export const eventStateName = invertIds(EVENT_STATES)
