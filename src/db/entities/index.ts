/** All tables, in the order of the flow; the ORM and the migrations read this list. */
import { ArtifactBuildSchema } from './artifact-build.ts'
import { AuditEntrySchema } from './audit-entry.ts'
import { BuildAttemptSchema, SurplusSearchSchema, TaskCancellationSchema } from './build-attempt.ts'
import { BuildDurationSchema, CurrentForecastSchema, EventForecastSchema } from './build-duration.ts'
import { ArtifactBuildComposeSchema, ComposeSchema } from './compose.ts'
import { BuildComposeRequestSchema, ComposeRequestSchema } from './compose-request.ts'
import { ConsideredImageSchema } from './considered-image.ts'
import { CounterSchema } from './counter.ts'
import { EventDependencySchema, EventSchema, IdempotencyKeySchema } from './event.ts'
import { EventAdvisorySchema, EventFindingsSchema } from './event-findings.ts'
import { InboxMessageSchema } from './messages/inbox-message.ts'
import { OutboxMessageSchema } from './messages/outbox-message.ts'
import { OutboxPositionSchema } from './messages/outbox-position.ts'
import { RestoreSchema } from './operation/restore.ts'
import { AdvisoryWatchSchema, WorkerProcessSchema } from './operation/silence.ts'
import { ServicePollSchema, ServiceTroubleSchema, WaitSchema } from './operation/wait.ts'
import { RowBlockSchema, RowCountSchema } from './row-count.ts'
import { ReleaseDecisionSchema, StoredDecisionSchema, SubjectSchema } from './subject.ts'
import { UserSchema } from './user.ts'

export { Event, type EventRow } from './event.ts'
export { EventFindings } from './event-findings.ts'
export { INBOX_STATES, InboxMessage, type InboxRow, type InboxState } from './messages/inbox-message.ts'
export { OutboxMessage } from './messages/outbox-message.ts'

/** Every table's schema. */
export const ENTITIES = [
  InboxMessageSchema,
  SubjectSchema,
  StoredDecisionSchema,
  ReleaseDecisionSchema,
  EventSchema,
  EventDependencySchema,
  IdempotencyKeySchema,
  EventAdvisorySchema,
  EventFindingsSchema,
  ConsideredImageSchema,
  ArtifactBuildSchema,
  ComposeSchema,
  ArtifactBuildComposeSchema,
  ComposeRequestSchema,
  BuildComposeRequestSchema,
  BuildDurationSchema,
  BuildAttemptSchema,
  EventForecastSchema,
  CurrentForecastSchema,
  TaskCancellationSchema,
  SurplusSearchSchema,
  ServiceTroubleSchema,
  ServicePollSchema,
  WaitSchema,
  WorkerProcessSchema,
  AdvisoryWatchSchema,
  RestoreSchema,
  OutboxMessageSchema,
  OutboxPositionSchema,
  CounterSchema,
  RowBlockSchema,
  RowCountSchema,
  UserSchema,
  AuditEntrySchema,
]
