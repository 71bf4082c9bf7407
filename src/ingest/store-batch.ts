/** Stores received messages, however long that takes, and only then accepts them at the broker. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HeldDelivery } from '../bus/receive.ts'
import { type ReadDelivery, storeDeliveries } from '../commands/intake/store-deliveries.ts'
import type { Context } from '../context.ts'
import { messageOf } from '../lib/errors.ts'
import { failed } from './reading.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000

/** An unsettled delivery with the result of reading it. */
export type HeldReading = ReadDelivery & { held: HeldDelivery }

/**
 * Stores the batch and accepts it. While the database or the queue store is down, the batch is held and retried with
 * growing delays: releasing it would only make the broker redeliver it at once. After `stop` there is one last attempt,
 * then it is released.
 */
export async function storeBatch(
  ctx: Context,
  batch: readonly HeldReading[],
  stop: AbortSignal,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const last = stop.aborted
    try {
      await storeDeliveries(ctx, batch)
      for (const { held } of batch) held.accept()
      return
    } catch (error) {
      if (isDataError(error)) return storeApart(ctx, batch, error, stop)
      ctx.log.warn(
        { messages: batch.length, reason: messageOf(error) },
        'could not store messages, will retry',
      )
    }
    if (last) return releaseAll(batch)
    await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined)
  }
}

/** A message that the database refuses must not block the others: it is stored without its possibly invalid parts. */
async function storeApart(
  ctx: Context,
  batch: readonly HeldReading[],
  error: unknown,
  stop: AbortSignal,
): Promise<void> {
  if (batch.length > 1) {
    for (const message of batch) await storeBatch(ctx, [message], stop)
    return
  }
  const bare = batch.map(({ held, delivery }) => ({
    held,
    delivery: { ...delivery, topic: '', properties: {} },
    reading: failed(
      `The message could not be stored unchanged (topic ${delivery.topic}): ${messageOf(error)}`,
    ),
  }))
  try {
    await storeDeliveries(ctx, bare)
    for (const { held } of bare) held.accept()
  } catch (secondError) {
    ctx.log.error(
      { messageId: bare[0]?.delivery.messageId, err: secondError },
      'could not store message, released it',
    )
    await sleep(MAX_PAUSE_MS, undefined, { signal: stop }).catch(() => undefined)
    releaseAll(bare)
  }
}

function releaseAll(batch: readonly HeldReading[]): void {
  for (const { held } of batch) held.release()
}

/** SQLSTATE classes for invalid data, violated constraints and exceeded limits: a retry would fail again. */
function isDataError(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' && /^(22|23|54)...$/.test(code)
}
