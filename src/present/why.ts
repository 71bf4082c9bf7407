/** Presents reasons as JSON of version 2: attempts, outcomes of builds, and what work waits for. */
import type { ResumptionRecord } from '../db/queries/planning/resumptions.ts'
import type { AttemptRecord, BuildOutcome } from '../db/queries/records/build-details.ts'
import type { ServiceTroubleRow } from '../db/queries/service-troubles.ts'
import type { WaitRow } from '../db/queries/waits.ts'
import { buildStateName } from '../domain/rebuild/states.ts'
import { presentDate, presentDateOrNull } from './columns.ts'

/** `taskUrl` is the address of a task's page; null when the build system's pages are not known. */
export function presentAttempt(record: AttemptRecord, taskUrl: (taskId: number) => string | null) {
  return {
    began: presentDate(record.began),
    detail: record.detail,
    ended: presentDateOrNull(record.ended),
    state: record.state,
    task: record.taskId,
    url: taskUrl(record.taskId),
  }
}

/** What became of the build of an image. */
export function presentOutcome(outcome: BuildOutcome, waits: readonly WaitRow[]) {
  return {
    failure_detail: outcome.failureDetail,
    id: outcome.id,
    note: outcome.verificationNote,
    state_name: buildStateName(outcome.state) ?? null,
    state_reason: outcome.stateReason,
    waiting: waits.filter((wait) => wait.buildId === outcome.id).map(presentWait),
  }
}

/** A job that waits without losing an attempt. */
export function presentWait(wait: WaitRow) {
  return {
    blame: wait.blame,
    build_id: wait.buildId,
    kind: wait.service === null ? ('verification' as const) : ('service' as const),
    next_attempt: presentDate(wait.nextAt),
    reason: wait.service === null ? wait.detail : `Waits for ${wait.service}: ${wait.detail}`,
    service: wait.service,
    since: presentDate(wait.since),
  }
}

/** What an event resumes. */
export function presentResumption({ resumes, builds, reason }: ResumptionRecord) {
  return { builds, event_id: resumes, reason }
}

/** A service in trouble. */
export function presentTrouble({ service, blame, detail, since }: ServiceTroubleRow) {
  return { blame, detail, service, since: presentDate(since) }
}
