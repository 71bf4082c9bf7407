/** The log of an event: every build that has ended is in it, also one that no task was ever made for. */
import { expect, it, onTestFinished } from 'vitest'
import { applyFact } from '../../../../../src/commands/transition/apply-fact.ts'
import { eventLog, LOG_KINDS } from '../../../../../src/db/queries/pages/event-log.ts'
import { makeBuild, makeEvent } from '../../../../factories.ts'
import { createTestContext } from '../../../../support/context.ts'

it('lists the end of each build once, those without a task too, and the end of the event last', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const event = await makeEvent(ctx, { state: 'BUILDING' })
  const parent = await makeBuild(ctx, event, { originalNvr: 'parent-1-1' })
  await makeBuild(ctx, event, { originalNvr: 'child-1-1', depOn: parent })
  const refused = await makeBuild(ctx, event, { originalNvr: 'refused-1-1' })
  const at = new Date('2026-11-30T12:00:00.123Z')
  const then = { ...ctx, now: () => at }
  await applyFact(then, event, { kind: 'task-submitted', buildId: parent, taskId: 7, retryCount: 0 })
  await applyFact(then, event, {
    kind: 'submission-refused',
    buildId: refused,
    reason: 'Its source is gone.',
  })
  await applyFact(then, event, { kind: 'task-canceled', buildId: parent, taskId: 7 })
  const entries = await eventLog(ctx.db.fork(), event, { subject: '', kinds: LOG_KINDS, limit: 100 })
  const shown = entries
    .filter(({ kind }) => kind !== 'opened')
    .map(({ kind, image, text }) => [kind, image, text])
  expect(shown).toEqual([
    ['done', null, expect.any(String)],
    ['ended', 'child-1-1', 'Cannot build artifact, because its dependency cannot be built.'],
    ['ended', 'parent-1-1', expect.any(String)],
    ['ended', 'refused-1-1', 'Its source is gone.'],
    ['submitted', 'parent-1-1', 'task 7'],
  ])
})
