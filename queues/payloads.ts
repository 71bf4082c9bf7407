/** What the jobs of `transition` carry: a report about a task, a compose or an event. */
import { z } from 'zod'

/** An id of one of our rows. */
export const rowId = z.number().int().positive()

/** Something was reported: only a reminder to look, what the service answers is judged when the job runs. */
export const reportSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('task-ended'),
    taskId: z.number().int(),
    state: z.enum(['CLOSED', 'FAILED', 'CANCELED']),
  }),
  z.object({ kind: z.literal('task-lost'), taskId: z.number().int() }),
  z.object({
    kind: z.literal('compose-changed'),
    odcsComposeId: z.number().int(),
    state: z.enum(['done', 'removed', 'failed']),
  }),
  z.object({ kind: z.literal('recheck'), eventId: rowId }),
])
/** A report, by kind. */
export type Report = z.infer<typeof reportSchema>

/** The part of a job id that names the report; equal reports have equal names. */
export function reportName(report: Report): string {
  if (report.kind === 'recheck') return `event-${report.eventId}`
  if (report.kind === 'compose-changed') return `compose-${report.odcsComposeId}-${report.state}`
  return report.kind === 'task-lost' ? `task-${report.taskId}-lost` : `task-${report.taskId}-${report.state}`
}
