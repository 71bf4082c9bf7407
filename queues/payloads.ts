/** The payload of `transition` jobs: a report about a task, a compose or an event, or tasks to cancel. */
import { z } from 'zod'

/** An id of one of our rows. */
export const rowId = z.number().int().positive()

/** Something was reported. Only a reminder to look: the job judges what the service itself answers when it runs. */
export const reportSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('task-reported'),
    taskId: z.number().int(),
    /** In ms since 1970: until then a task that still runs is looked at again immediately, afterwards only by the next poll. */
    lookUntil: z.number().int().optional(),
    /** The Koji build that a message names as the task's result: a hint at what will have to be read. */
    kojiBuildId: z.number().int().optional(),
  }),
  z.object({ kind: z.literal('compose-reported'), odcsComposeId: z.number().int() }),
  z.object({ kind: z.literal('recheck'), eventId: rowId }),
  /** The task of a canceled build is still to be canceled. */
  z.object({ kind: z.literal('cancel-due'), buildId: rowId }),
  /** An attempt was submitted again, or its build has ended, because its task was not found; that task may still appear. Times in ms since 1970. */
  z.object({
    kind: z.literal('surplus-due'),
    buildId: rowId,
    source: z.string(),
    release: z.string(),
    since: z.number().int(),
    submittedAt: z.number().int(),
  }),
])
/** A report, by kind. */
export type Report = z.infer<typeof reportSchema>

/** The part of a job id that names what the report is about; reports about one thing wait as one job. */
export function reportName(report: Report): string {
  if (report.kind === 'recheck') return `event-${report.eventId}`
  if (report.kind === 'cancel-due') return `cancel-${report.buildId}`
  if (report.kind === 'surplus-due') return `surplus-${report.buildId}-${report.release}`
  return report.kind === 'task-reported' ? `task-${report.taskId}` : `compose-${report.odcsComposeId}`
}
