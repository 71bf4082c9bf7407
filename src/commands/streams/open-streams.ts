/** All streams of a process: what wakes them, where a new one begins, and how they end. */
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { listen, type Notices } from '../../db/notices.ts'
import type { StreamFilter } from '../../domain/streams/change.ts'
import { createWaitingStreams } from '../../domain/streams/waiting.ts'
import { NotReady } from '../../lib/errors.ts'
import type { Gatherer } from '../gate/gather-facts.ts'
import { createFeed } from './feed.ts'
import { createFollower, type Follower, type FrameSink } from './follower.ts'

type StreamsContext = Pick<Context, 'db' | 'databaseUrl' | 'log'>
/** What has a cache of the facts of subjects. */
type Cached = Pick<Gatherer, 'forgetSubject' | 'forgetAll'>

/** Where a stream begins; `hasGap`: what the client has missed is no longer known. */
export type Beginning = { after: number; hasGap: boolean }

/** The streams of a process; one connection to the database wakes them all. */
export type Streams = {
  /** Begins to listen, in the background. */
  start(): void
  /** Ends all streams, then the connection. */
  stop(): Promise<void>
  /** Where a stream begins whose client has everything up to `last`; null: the client is new. @throws NotReady */
  beginning(last: number | null): Promise<Beginning>
  /** Adds a stream that waits for what passes `filter` behind `after`; `remove` it when its client has gone. */
  add(filter: StreamFilter, after: number, sink: FrameSink): Follower
  remove(filter: StreamFilter, follower: Follower): void
  /**
   * Lets `cached` forget the facts of a subject when there is news of it, and everything when news may have been missed; every few
   * seconds while none can arrive.
   */
  onNews(cached: Cached): void
}

/** A notice of news; null: of subjects whose identifier did not fit. */
const newsSchema = z.object({ identifier: z.string().nullable() })

/** Opens no connection before `start`. */
export function openStreams(ctx: StreamsContext): Streams {
  const waiting = createWaitingStreams<Follower>()
  const sinks = new Map<Follower, FrameSink>()
  const caches: Cached[] = []
  let notices: Notices | undefined
  let isStopping = false
  const feed = createFeed(ctx, (changes, behind) => {
    for (const follower of waiting.streamsFor(changes)) follower.wake(behind)
  })

  function forgetSubject(payload: string): void {
    const news = readNews(payload)
    if (!news) ctx.log.warn({ payload: payload.slice(0, 200) }, 'could not parse notification')
    const identifier = news?.identifier ?? null
    if (identifier === null) forgetAll()
    else for (const cached of caches) cached.forgetSubject(identifier)
  }

  /** Reads what has changed; without streams, that is left to the heartbeat and to the next stream. */
  function noticeChange(): void {
    if (sinks.size > 0) void feed.read()
    else feed.postpone()
  }

  function forgetAll(): void {
    for (const cached of caches) cached.forgetAll()
  }

  return {
    start: () => {
      notices ??= listen({
        url: ctx.databaseUrl,
        log: ctx.log,
        channels: {
          freshwave_outbox: noticeChange,
          freshwave_subject_changed: forgetSubject,
        },
        onListening: () => {
          forgetAll()
          void feed.read()
        },
        onInterrupted: forgetAll, // again and again: what is cached meanwhile may be outdated as well
        onHeartbeat: () => void feed.read(),
      })
    },
    stop: async () => {
      isStopping = true
      for (const sink of sinks.values()) sink.end('stopping')
      await notices?.stop()
      await feed.stop()
    },
    beginning: async (last) => {
      if (isStopping) throw new NotReady('The service is stopping.', 1000)
      const hasGap = last !== null && (await feed.hasGapAfter(last))
      return { after: last === null || hasGap ? await feed.position() : last, hasGap }
    },
    add: (filter, after, sink) => {
      const follower = createFollower(feed, { filter, after, sink })
      waiting.add(filter, follower)
      sinks.set(follower, sink)
      if (feed.isBehind()) void feed.read()
      // The request began before the stop. Not in this turn: the caller knows the stream only once it is returned.
      if (isStopping) queueMicrotask(() => sink.end('stopping'))
      return follower
    },
    remove: (filter, follower) => {
      follower.stop()
      waiting.remove(filter, follower)
      sinks.delete(follower)
    },
    onNews: (cached) => caches.push(cached),
  }
}

function readNews(payload: string): z.infer<typeof newsSchema> | undefined {
  try {
    return newsSchema.parse(JSON.parse(payload))
  } catch {
    return undefined
  }
}
