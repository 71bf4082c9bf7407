/** The whole pipeline in this process: ingest and all workers, on a separate database and queue store. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { startIngest } from '../../src/ingest/main.ts'
import { startWorkers } from '../../workers/main.ts'
import { createTestContext, type TestContext } from './context.ts'
import { countWaitingMessages, type EndedEvent, readEvent } from './database/events.ts'
import type { TestWorld } from './lab/world.ts'
import { checkAllExplained } from './rebuild/standings.ts'

/** A running pipeline. */
export type Pipeline = {
  ctx: TestContext
  /**
   * Waits until the newest event with this search key has ended and its messages are sent; returns it with its builds.
   * Meanwhile it checks that everything in the event has a reason at any time.
   */
  untilEnded(searchKey: number | string, patienceMs?: number): Promise<EndedEvent>
  stop(): Promise<void>
}

const PATIENCE_MS = 220_000
/** About one check a second: it reads the whole event in the process that handles it. */
const LOOKS_PER_CHECK = 20

/** The lab's settings file, overridden by the options of `file` (YAML). */
export function labSettings(file: string): string {
  return stringify({ ...parse(readFileSync('lab/freshwave.yaml', 'utf8')), ...parse(file) })
}

/** Starts a pipeline in `world`; `redisUrl` selects the queue store, `file` (YAML) overrides the lab's settings file. */
export async function startPipeline(
  world: TestWorld,
  { redisUrl, file = '', env = {} }: { redisUrl?: string; file?: string; env?: Record<string, string> } = {},
): Promise<Pipeline> {
  const settings = labSettings(file)
  const redis: Record<string, string> = redisUrl ? { REDIS_URL: redisUrl } : {}
  const ctx = await createTestContext({ ...world.env, ...redis, ...env }, settings)
  const ingest = await startIngest(ctx)
  const workers = await startWorkers(ctx)
  return {
    ctx,
    untilEnded: async (searchKey, patienceMs = PATIENCE_MS) => {
      const giveUpAt = Date.now() + patienceMs
      for (let looks = 0; ; looks += 1) {
        const event = await readEvent(ctx.db, searchKey)
        if (event && (event.ended || looks % LOOKS_PER_CHECK === 0)) await checkAllExplained(ctx, event.id)
        if (event?.ended && (await countWaitingMessages(ctx.db)) === 0) return event
        if (Date.now() > giveUpAt) throw new Error(`not ended: ${JSON.stringify(event, null, 1)}`)
        await sleep(50)
      }
    },
    stop: async () => {
      await ingest.stop()
      await workers.stop()
      await ctx.drop()
    },
  }
}
