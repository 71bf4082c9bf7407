/** Queue `decide`: judges decisions again after news. Safe to repeat: what was decided and published is stored with the messages it was for. */
import { decideSubject } from '../src/commands/decide/decide-subject.ts'
import { giveUpSubject } from '../src/commands/decide/give-up.ts'
import type { Gate } from '../src/commands/gate/open-gate.ts'
import { createPublishAtOnce } from '../src/commands/publish/publish-at-once.ts'
import type { WorkerOf } from './run/worker.ts'

/** Decides on one subject for all waiting messages about it; if that is given up, they end failed and can be replayed. */
export function decideWith(gate: Gate): WorkerOf<'decide'> {
  const means = { gate, publish: createPublishAtOnce() }
  return {
    run: (ctx, { subjectId }) => decideSubject(ctx, means, subjectId),
    giveUp: (ctx, { subjectId }, { kind, text }) => {
      const { trouble_patience_s: patienceS } = ctx.settings.file
      return giveUpSubject(ctx, subjectId, text, kind === 'out-of-patience' ? patienceS : undefined)
    },
  }
}
