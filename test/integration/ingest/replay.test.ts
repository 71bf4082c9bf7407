/** `npm run replay` as a process: one line for each message, and an exit code that shows whether all were replayed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InboxMessage } from '../../../src/db/entities/index.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'

let ctx: TestContext
beforeAll(async () => {
  ctx = await createTestContext()
})
afterAll(() => ctx.drop())

const store = async (state: 'done' | 'failed', topic: string): Promise<number> => {
  const message = { topic, state, reason: 'too\nlong', body: Buffer.from('{'), properties: {} }
  const id = await ctx.db.fork().insert(InboxMessage, { ...message, messageId: topic } as InboxMessage)
  return Number(id) // a bigint column's own type is text
}

/** Runs it; the log is silent, so the output is that of the command alone. */
const replay = async (...args: string[]) => {
  const env = { PATH: process.env.PATH, DATABASE_URL: ctx.databaseUrl, LOG_LEVEL: 'silent' }
  const child = spawn(process.execPath, ['src/ingest/replay.ts', ...args], { env })
  const [lines, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { code, lines: lines.split('\n').filter(Boolean) }
}

describe('npm run replay', () => {
  it('reports what became of each message, also of those that cannot be replayed', async () => {
    const failed = await store('failed', 'errata.activity.status')
    const done = await store('done', 'odcs.state.change')
    expect(await replay(String(failed))).toEqual({
      code: 0,
      lines: [expect.stringMatching(new RegExp(`^${failed}\tfailed\tThe body is not valid JSON`))],
    })
    expect(await replay(String(done), '999999')).toEqual({
      code: 1,
      lines: [
        `${done}\trefused\tMessage ${done} is done: only failed and ignored messages can be replayed.`,
        '999999\trefused\tNo such message found.',
      ],
    })
  })

  it('lists failed messages, one on each line whatever their texts have', async () => {
    const id = await store('failed', 'a\x1b[2Jb')
    const { code, lines } = await replay()
    expect(code).toBe(0)
    expect(lines.find((line) => line.startsWith(`${id}\t`))).toMatch(/\ta \[2Jb\ttoo long$/)
  })
})
