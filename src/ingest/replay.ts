/** `npm run replay`: lists failed messages, or reads some of them again as if they had just arrived. */
import { pathToFileURL } from 'node:url'
import type { Delivery } from '../bus/delivery.ts'
import type { Context } from '../context.ts'
import { InboxMessage, type InboxRow } from '../db/entities/index.ts'
import { runProcess } from '../process.ts'
import { readMessage } from './routes.ts'

const MAX_LISTED = 50

/** Result for a replayed message: its new state, and the reason unless that is `new`. */
export type Replayed = { id: number; state: 'new' | 'ignored' | 'failed'; reason: string | null }

/** The newest messages that could not be read or processed. */
export function listFailed(ctx: Context): Promise<InboxRow[]> {
  return ctx.db.fork().find(InboxMessage, { state: 'failed' }, { orderBy: { id: 'desc' }, limit: MAX_LISTED })
}

/**
 * Reads stored messages again, with the current parsers, and enqueues `intake` jobs for those that mean something. Only
 * failed and ignored messages are replayed, so that nothing is done twice; other and unknown ids are skipped.
 */
export async function replay(ctx: Context, ids: readonly number[]): Promise<Replayed[]> {
  const em = ctx.db.fork()
  const rows = await em.find(InboxMessage, { id: { $in: [...ids] }, state: { $in: ['failed', 'ignored'] } })
  const replayed: Replayed[] = []
  for (const row of rows) {
    const reading = readMessage(deliveryOf(row), ctx.settings.file.max_message_bytes)
    const isMeant = reading.outcome === 'meaning'
    const state = isMeant ? 'new' : reading.outcome
    const reason = isMeant ? null : reading.reason
    await em.nativeUpdate(
      InboxMessage,
      { id: row.id },
      { state, reason, meaning: isMeant ? reading.meaning : null },
    )
    replayed.push({ id: row.id, state, reason })
  }
  const due = replayed.filter(({ state }) => state === 'new')
  await ctx.queues.remind(
    'intake',
    due.map(({ id }) => ({ payload: { inboxId: id } })),
  )
  return replayed
}

function deliveryOf({ messageId, topic, body, properties }: InboxRow): Delivery {
  return { messageId, topic, body: Buffer.from(body), properties }
}

async function main(ctx: Context, args: readonly string[]): Promise<void> {
  const ids = args.map(Number)
  if (ids.some((id) => !Number.isInteger(id))) throw new Error('Usage: npm run replay [-- ID ...]')
  if (ids.length > 0) {
    for (const { id, state, reason } of await replay(ctx, ids))
      console.log(`${id}\t${state}\t${reason ?? ''}`)
    return
  }
  for (const row of await listFailed(ctx))
    console.log(`${row.id}\t${row.receivedAt.toISOString()}\t${row.topic}\t${row.reason}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runProcess('replay', async (ctx, shutdown) => {
    await main(ctx, process.argv.slice(2))
    await shutdown.run('done')
    process.exit(0)
  })
}
