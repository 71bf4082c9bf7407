/** Open streams over HTTP (server-sent events): what they write, their limits, and how every one of them is cleaned up. */
import type { ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { Follower, StreamEnd } from '../../commands/streams/follower.ts'
import type { Streams } from '../../commands/streams/open-streams.ts'
import type { Context as AppContext } from '../../context.ts'
import type { StreamFilter } from '../../domain/streams/change.ts'
import type { StreamKind } from '../../lib/metrics/gauges.ts'
import { beatFrame, retryFrame } from '../../present/stream.ts'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

/** What a stream sends: `first` immediately, then what passes `filter` behind `after`. */
export type StreamOptions = { kind: StreamKind; filter: StreamFilter; after: number; first: Uint8Array }

/** The open streams of a process. */
export type StreamConnections = {
  /** @throws ApiError 503 with `Retry-After` when `max_streams` are open; before any work is done for another one */
  checkRoom(c: Context<ApiEnv>): void
  /** The response that is the stream; `HEAD` gets its headers alone. @throws ApiError as above */
  open(c: Context<ApiEnv>, options: StreamOptions): Response
}

/** `old`: it has reached its maximum age. */
type End = StreamEnd | 'old'
type Connection = {
  follower: Follower
  /** Since when written data waits for the client; null: the client has taken everything. */
  unreadSince: number | null
  beatAt: number
  expiresAt: number
  end(reason: End): void
}

const TICK_MS = 1000
const BEAT_MS = 15_000
/** A client that takes nothing for this long is gone, or only occupies a slot. */
const STALL_MS = 30_000
/** The time from the end of a stream until its socket is destroyed, if its client does not take the end. */
const GRACE_MS = 2000
const RETRY_AFTER_S = 10

/** The pause that a client makes before it connects again, by how its stream ended; spread out, because many may end at once. */
const PAUSES_MS = {
  'too slow': 5000,
  'not readable': 5000,
  stopping: 3000,
  old: 500,
} as const satisfies Record<End, number>

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // The connection is not used again, so the end of the stream is the end of the connection.
  Connection: 'close',
  'X-Accel-Buffering': 'no',
}

/** The timer runs only while streams are open. */
export function createStreamConnections(
  { settings, metrics }: Pick<AppContext, 'settings' | 'metrics'>,
  streams: Streams,
): StreamConnections {
  const { max_streams: max, stream_max_age_s: maxAgeS } = settings.file
  const open = new Set<Connection>()
  let timer: NodeJS.Timeout | undefined

  function checkRoom(c: Context<ApiEnv>): void {
    if (open.size < max) return
    c.header('Retry-After', String(RETRY_AFTER_S))
    throw new ApiError(503, `There are ${max} open streams, which is the maximum.`)
  }

  function tick(): void {
    const now = performance.now()
    for (const connection of open) {
      const { unreadSince, expiresAt, beatAt, follower } = connection
      if (unreadSince !== null && now - unreadSince > STALL_MS) connection.end('too slow')
      else if (now > expiresAt) connection.end('old')
      else if (now > beatAt) {
        connection.beatAt = now + BEAT_MS
        follower.beat(beatFrame)
      }
    }
  }

  function connect(outgoing: ServerResponse, { kind, filter, after, first }: StreamOptions): void {
    if (outgoing.destroyed || outgoing.socket?.destroyed !== false) return // the client has gone already
    const now = performance.now()
    const write = (frames: Uint8Array) => {
      if (outgoing.write(frames)) queueMicrotask(takeMore)
      else connection.unreadSince = performance.now()
    }
    const end = (reason: End) => {
      if (!close()) return
      outgoing.end(retryFrame(Math.round(PAUSES_MS[reason] * (0.5 + Math.random()))))
      setTimeout(() => outgoing.destroy(), GRACE_MS).unref()
    }
    const connection: Connection = {
      follower: streams.add(filter, after, { write, end }),
      unreadSince: null,
      beatAt: now + BEAT_MS * Math.random(),
      expiresAt: now + maxAgeS * 1000 * (0.9 + 0.1 * Math.random()),
      end,
    }

    function takeMore(): void {
      connection.unreadSince = null
      connection.follower.pull()
    }

    /** Returns false if it was closed before. */
    function close(): boolean {
      if (!open.delete(connection)) return false
      streams.remove(filter, connection.follower)
      metrics.streams(kind, -1)
      if (open.size === 0) clearInterval(timer)
      return true
    }

    open.add(connection)
    metrics.streams(kind, 1)
    if (open.size === 1) timer = setInterval(tick, TICK_MS).unref()
    outgoing.on('drain', takeMore)
    outgoing.once('close', close)
    outgoing.once('error', close)
    write(first)
  }

  return {
    checkRoom,
    open: (c, options) => {
      checkRoom(c)
      if (c.req.method !== 'HEAD' && c.env) c.env.stream = (outgoing) => connect(outgoing, options)
      return c.body(null, 200, HEADERS)
    },
  }
}
