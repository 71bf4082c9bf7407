/** All tables, in the order of the flow; the ORM and the migrations read this list. */
import { ArtifactBuildSchema } from './artifact-build.ts'
import { BuildDuration, BuildDurationSchema } from './build-duration.ts'
import { ArtifactBuildCompose, ArtifactBuildComposeSchema, Compose, ComposeSchema } from './compose.ts'
import { ConsideredImage, ConsideredImageSchema } from './considered-image.ts'
import { Counter, CounterSchema } from './counter.ts'
import { Event, EventSchema } from './event.ts'
import { EventDependency, EventDependencySchema } from './event-dependency.ts'
import { EventFindings, EventFindingsSchema } from './event-findings.ts'
import { InboxMessage, InboxMessageSchema } from './inbox-message.ts'
import { OutboxMessage, OutboxMessageSchema } from './outbox-message.ts'
import { RowCount, RowCountSchema } from './row-count.ts'
import { User, UserSchema } from './user.ts'

export { ArtifactBuild, type ArtifactBuildRow } from './artifact-build.ts'
export type { EventRow } from './event.ts'
export { INBOX_STATES, type InboxRow, type InboxState } from './inbox-message.ts'
export type { OutboxRow } from './outbox-message.ts'
export {
  ArtifactBuildCompose,
  BuildDuration,
  Compose,
  ConsideredImage,
  Counter,
  Event,
  EventDependency,
  EventFindings,
  InboxMessage,
  OutboxMessage,
  RowCount,
  User,
}

/** Every table's schema. */
export const ENTITIES = [
  InboxMessageSchema,
  EventSchema,
  EventDependencySchema,
  EventFindingsSchema,
  ConsideredImageSchema,
  ArtifactBuildSchema,
  ComposeSchema,
  ArtifactBuildComposeSchema,
  BuildDurationSchema,
  OutboxMessageSchema,
  CounterSchema,
  RowCountSchema,
  UserSchema,
]
