/** A discovery that ran twice, since its process hung: the run that fails last does not end what the other one began. */
import { expect, it, onTestFinished } from 'vitest'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { eventStateOf } from '../../../../src/db/queries/events.ts'
import { Permanent } from '../../../../src/lib/errors.ts'
import { discover } from '../../../../workers/discover.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'

it('leaves an event alone that is planned meanwhile, and ends one that is not', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const fail = async (eventId: number, meanwhile: () => Promise<unknown>) => {
    const run = async () => {
      await meanwhile()
      throw new Permanent('too late')
    }
    await attempt(ctx, {
      queue: 'discover',
      worker: { ...discover, run },
      payload: { eventId },
      isLast: false,
    })
    return eventStateOf(ctx.db.fork(), eventId)
  }
  const planned = await makeEvent(ctx, { state: 'INITIALIZED', searchKey: '133101' })
  await makeBuild(ctx, planned)
  const plan = () => applyFact(ctx, planned, { kind: 'plan-recorded', whenEmpty: '' })
  expect(await fail(planned, plan)).toBe('BUILDING')
  const open = await makeEvent(ctx, { state: 'INITIALIZED', searchKey: '133102' })
  expect(await fail(open, async () => undefined)).toBe('FAILED')
})
