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

it('subjects that are named again and again by many at once are always found', async () => {
  const names = Array.from({ length: 40 }, (_none, n) => build(`again-${n}-1`))
  const rounds = Array.from({ length: 8 }, async (_none, turn) => {
    for (let round = 0; round < 60; round += 1)
      await name(...names.filter((_each, n) => (n + round) % (turn + 1) === 0))
  })
  await Promise.all(rounds)
  expect(new Set(await name(...names)).size).toBe(40)
})

it('a known subject keeps its id and uses up none, and counts as seen when that was long ago', async () => {
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
  expect(await state()).toEqual(before)
  const [added] = await name(build('new-1-1'), build('known-1-1'))
  expect(added).toBe(Number(before?.last) + 1)
  await ctx.db
    .fork()
    .execute("update subjects set seen_at = seen_at - interval '7 hours' where id = ?", [known])
  const [oldSeen, newSeen] = [
    (await state())?.seen,
    (await name(build('known-1-1'))) && (await state())?.seen,
  ]
  expect(Date.parse(newSeen ?? '')).toBeGreaterThan(Date.parse(oldSeen ?? ''))
  expect(await name(build('known-1-1'))).toEqual([known])
})
