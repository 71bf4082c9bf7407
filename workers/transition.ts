/** Queue `transition`: a report for the state machine. Safe to repeat: a fact that was applied changes nothing again. */
import { failVerification, handleReport } from '../src/commands/transition/handle-report.ts'
import { leaveDue, type WorkerOf } from './run.ts'

/** Handles one report; a finished build that cannot be verified FAILS, everything else stays due for the next poll. */
export const transition: WorkerOf<'transition'> = {
  run: (ctx, report) => handleReport(ctx, report),
  giveUp: async (ctx, report, reason) => {
    if (report.kind !== 'task-reported') return leaveDue(ctx, report, reason)
    await failVerification(ctx, report.taskId, reason.text)
  },
}
