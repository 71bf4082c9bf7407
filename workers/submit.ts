/** Queue `submit`: one attempt of one build. Safe to repeat: an attempt is claimed first, and looked for after a lost answer. */
import { refuseSubmission, submitBuild } from '../src/commands/submit/submit-build.ts'
import { wakeAgain } from '../src/commands/task-limit.ts'
import { NotVerifiable } from '../src/lib/errors.ts'
import { leaveDue, type WorkerOf } from './run/worker.ts'

/** Submits one build if it is ready; one that cannot be submitted FAILS, unless something may have been sent. */
export const submit: WorkerOf<'submit'> = {
  run: (ctx, { buildId }) => submitBuild(ctx, buildId),
  giveUp: async (ctx, { buildId }, reason) => {
    const isSearched = reason.error instanceof NotVerifiable
    if (!(await refuseSubmission(ctx, buildId, reason.text, { isSearched })))
      await leaveDue(ctx, { buildId }, reason)
  },
  // A slot may have become free, or the task of the attempt may have failed already.
  lookAgain: (ctx, { buildId }) => wakeAgain(ctx, buildId),
}
