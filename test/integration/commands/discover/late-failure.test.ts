/** A discovery that ran twice, since its process hung: the run that fails last does not end what the other one began. */
import { expect, it, onTestFinished } from 'vitest'
import { applyFact } from '../../../../src/commands/transition/apply-fact.ts'
import { eventStateOf } from '../../../../src/db/queries/events.ts'
import { writeFindings } from '../../../../src/db/queries/planning/findings.ts'
import { Permanent, Skip } from '../../../../src/lib/errors.ts'
import { discover } from '../../../../workers/discover.ts'
import { attempt } from '../../../../workers/run/attempt.ts'
import { makeBuild, makeEvent } from '../../../factories.ts'
import { createTestContext } from '../../../support/context.ts'

it('a run that fails late leaves an event alone that is discovered or planned meanwhile, and ends one that is not', async () => {
  const ctx = await createTestContext()
  onTestFinished(ctx.drop)
  const fail = async (
    eventId: number,
    meanwhile: () => Promise<unknown>,
    error: Error = new Permanent('too late'),
  ) => {
    const run = async () => {
      await meanwhile()
      throw error
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
  const found = await makeEvent(ctx, { state: 'INITIALIZED', searchKey: '133103' })
  const findings = { nodes: [], considered: [], fixedRpms: [], whenEmpty: '', composes: null }
  const find = () => writeFindings(ctx.db.fork(), found, findings)
  expect(await fail(found, find)).toBe('INITIALIZED')
  expect(await fail(found, find, new Skip('nothing'))).toBe('INITIALIZED')
  const open = await makeEvent(ctx, { state: 'INITIALIZED', searchKey: '133102' })
  expect(await fail(open, async () => undefined)).toBe('FAILED')
  const older = await makeEvent(ctx, { state: 'INITIALIZED', searchKey: '133104' })
  const inOlderForm = `insert into event_findings (event_id, findings, fixed_rpms) values (?, '{"form": 1}', '[]')`
  expect(await fail(older, () => ctx.db.fork().execute(inOlderForm, [older]))).toBe('FAILED')
})
