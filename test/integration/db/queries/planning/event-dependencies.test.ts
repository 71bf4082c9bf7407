/** Checks what earlier events have rebuilt with which RPMs: an advisory may have thousands of RPMs, and an event thousands of images. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  earlierRebuilds,
  rebuiltForAdvisory,
} from '../../../../../src/db/queries/planning/event-dependencies.ts'
import { writeFindings } from '../../../../../src/db/queries/planning/findings.ts'
import { makeBuild, makeEvent } from '../../../../factories.ts'
import { createTestContext, type TestContext } from '../../../../support/context.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const searchKey = '4711'
async function rebuiltWith(fixedRpms: string[], nvrs: string[]): Promise<number> {
  const event = await makeEvent(ctx, { state: 'COMPLETE', searchKey })
  const findings = { nodes: [], considered: [], fixedRpms, whenEmpty: '', composes: null }
  await writeFindings(ctx.db.fork(), event, findings)
  for (const originalNvr of nvrs)
    await makeBuild(ctx, event, { state: 'DONE', originalNvr, rebuiltNvr: `${originalNvr}.${event}` })
  return event
}

it('the query keeps the RPMs of an event once, however many images it has rebuilt', async () => {
  const first = await rebuiltWith(['perl-4:5-1.el8'], ['a-1-1', 'b-1-1', 'c-1-1'])
  const second = await rebuiltWith(['perl-4:5-2.el8'], ['b-1-1', 'c-1-1', 'd-1-1'])
  const rebuilt = await rebuiltForAdvisory(ctx.db.fork(), { searchKey })
  expect(Object.fromEntries(rebuilt)).toEqual({
    'a-1-1': new Set(['perl-5-1.el8']),
    'b-1-1': new Set(['perl-5-1.el8', 'perl-5-2.el8']),
    'c-1-1': new Set(['perl-5-1.el8', 'perl-5-2.el8']),
    'd-1-1': new Set(['perl-5-2.el8']),
  })
  expect(rebuilt.get('c-1-1')).toBe(rebuilt.get('b-1-1'))

  const later = await makeEvent(ctx, { searchKey })
  for (const id of [first, second])
    await ctx.db
      .fork()
      .execute('insert into event_dependencies (event_id, event_dependency_id) values (?, ?)', [later, id])
  const earlier = await earlierRebuilds(ctx.db.fork(), { id: later, searchKey })
  expect(earlier.get('a-1-1')?.fixedRpms).toEqual(new Map([['perl', ['perl-5-1.el8']]]))
  expect(earlier.get('b-1-1')?.fixedRpms).toBe(earlier.get('a-1-1')?.fixedRpms)
  expect(earlier.get('d-1-1')?.fixedRpms).toEqual(new Map([['perl', ['perl-5-2.el8']]]))
})
