/** Queue `transition`: a report for the state machine. Safe to repeat: a fact that was applied changes nothing again. */

import { giveUpCompose } from '../src/commands/transition/compose-ended.ts'
import { failVerification, handleReport } from '../src/commands/transition/handle-report.ts'
import { NotVerifiable } from '../src/lib/errors.ts'
import { leaveDue, type WorkerOf } from './run/worker.ts'

/**
 * Handles one report. Given up, a finished build that cannot be verified FAILS, as do builds that wait for an unreadable compose;
 * everything else stays due for the next poll.
 */
export const transition: WorkerOf<'transition'> = {
  run: (ctx, report) => handleReport(ctx, report),
  giveUp: async (ctx, report, reason) => {
    if (report.kind === 'task-reported') return failVerification(ctx, report.taskId, reason.text)
    const isOver = report.kind === 'compose-reported' && reason.error instanceof NotVerifiable
    return isOver ? giveUpCompose(ctx, report.odcsComposeId, reason.text) : leaveDue(ctx, report, reason)
  },
}
