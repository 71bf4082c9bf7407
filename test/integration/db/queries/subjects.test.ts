/** Subjects are stored once, whatever the number of messages that name them (decision 0035). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { nameSubjects, type SubjectName } from '../../../../src/db/queries/decisions/subjects.ts'
import { createTestContext, type TestContext } from '../../../support/context.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const build = (identifier: string): SubjectName => ({ type: 'koji_build', identifier })
const name = (...names: (SubjectName | null)[]) => nameSubjects(ctx.db.fork(), names)

it('a subject has one row, also when many messages name it at the same time', async () => {
  const names = ['glibc-1-1', 'httpd-1-1', 'bash-1-1'].map(build)
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_none, turn) => name(...(turn % 2 ? names : names.toReversed()))),
  )
  expect(new Set(ids.flat()).size).toBe(3)
  expect(new Set(ids.map((each, turn) => String(turn % 2 ? each : each.toReversed()))).size).toBe(1)
})

it('a known subject keeps its id and uses up none, and counts as seen', async () => {
  const [known] = await name(build('known-1-1'))
  const state = async () => {
    const [row] = await ctx.db
      .fork()
      .execute<{ last: string; seen: string }[]>(
        `select (select last_value from subjects_id_seq) as last, seen_at as seen from subjects where id = ?`,
        [known],
      )
    return row
  }
  const before = await state()
  for (let time = 0; time < 5; time += 1) expect(await name(null, build('known-1-1'))).toEqual([null, known])
  const after = await state()
  expect(after?.last).toBe(before?.last)
  expect(Date.parse(after?.seen ?? '')).toBeGreaterThan(Date.parse(before?.seen ?? ''))
  const [added] = await name(build('new-1-1'), build('known-1-1'))
  expect(added).toBe(Number(before?.last) + 1)
})
