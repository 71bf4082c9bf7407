/** Stores received messages, however long that takes: they are accepted at the broker only afterwards. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { HeldDelivery } from '../bus/receive.ts'
import { type ReadDelivery, storeDeliveries } from '../commands/intake/store-deliveries.ts'
import type { Context } from '../context.ts'
import { pairsOf } from '../domain/message.ts'
import { errorCode } from '../lib/error-code.ts'
import { messageOf } from '../lib/errors.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000

/** An unsettled delivery and what was read from it. */
export type HeldReading = ReadDelivery & { held: HeldDelivery }

/**
 * Stores the batch and accepts it. While database or queue store are down it is held and retried with growing
 * pauses: giving it back would only make the broker send it again immediately. After `stop` one last attempt is made, then
 * it is released.
 * @param rowsStored called when the rows are stored and jobs may still be missing
 */
export async function storeBatch(
  ctx: Context,
  batch: readonly HeldReading[],
  stop: AbortSignal,
  rowsStored?: () => void,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const last = stop.aborted
    try {
      await storeDeliveries(ctx, batch, rowsStored)
      for (const { held } of batch) held.accept()
      return
    } catch (error) {
      if (isAboutData(error)) return storeApart(ctx, batch, error, stop)
      ctx.log.warn(
        { messages: batch.length, reason: messageOf(error) },
        'could not store messages, will retry',
      )
    }
    if (last) return releaseAll(batch)
    await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined)
  }
}

/** Stores each message alone: one that the database refuses must not hold up the others, and is stored without its suspect parts. */
async function storeApart(
  ctx: Context,
  batch: readonly HeldReading[],
  error: unknown,
  stop: AbortSignal,
): Promise<void> {
  if (batch.length > 1) {
    for (const item of batch) await storeBatch(ctx, [item], stop)
    return
  }
  const bare = batch.map(({ held, delivery, reading, trace }) => ({
    held,
    trace,
    delivery: { ...delivery, topic: '', properties: {} },
    reading: {
      outcome: 'failed' as const,
      reason: `The message could not be stored unchanged (topic ${delivery.topic}): ${messageOf(error)}`,
      pairs: pairsOf(reading) ?? {},
    },
  }))
  try {
    await storeDeliveries(ctx, bare)
    for (const { held } of bare) held.accept()
  } catch (again) {
    ctx.log.error(
      { messageId: bare[0]?.delivery.messageId, err: again },
      'could not store message, returned to the broker',
    )
    await sleep(MAX_PAUSE_MS, undefined, { signal: stop }).catch(() => undefined)
    releaseAll(bare)
  }
}

function releaseAll(batch: readonly HeldReading[]): void {
  for (const { held } of batch) held.release()
}

/** SQLSTATE classes for wrong data, broken constraints and exceeded limits: the same again would fail again. */
function isAboutData(error: unknown): boolean {
  return /^(22|23|54)...$/.test(errorCode(error))
}
