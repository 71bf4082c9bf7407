/** Open streams over HTTP (server-sent events): their bodies, their limits, and how every one of them is cleaned up. */
import type { Context } from 'hono'
import type { Follower, StreamEnd } from '../../commands/streams/follower.ts'
import type { Streams } from '../../commands/streams/open-streams.ts'
import type { Context as AppContext } from '../../context.ts'
import type { Filter } from '../../domain/streams/change.ts'
import type { StreamKind } from '../../lib/metrics.ts'
import { beatFrame, retryFrame } from '../../present/stream.ts'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

/** What a stream sends: `first` at once, then what passes `filter` behind `after`. */
export type StreamOptions = { kind: StreamKind; filter: Filter; after: number; first: Uint8Array }

/** The open streams of a process. */
export type Connections = {
  /** @throws ApiError 503 with `Retry-After` when `max_streams` are open; before any work is done for another one */
  checkRoom(c: Context<ApiEnv>): void
  /** The response that is the stream; `HEAD` gets its headers alone. @throws ApiError as above */
  open(c: Context<ApiEnv>, options: StreamOptions): Response
}

type Connection = {
  follower: Follower
  /** Since when its client has not taken what was written; null: it has. */
  unreadSince: number | null
  beatAt: number
  expiresAt: number
  end(reason: StreamEnd | 'old'): void
}

const TICK_MS = 1000
const BEAT_MS = 15_000
/** A client that takes nothing for so long is gone, or would only keep its place. */
const STALL_MS = 30_000
/** From the end of a stream until its socket is destroyed, if its client does not take the end. */
const GRACE_MS = 2000
const RETRY_AFTER_S = 10

/** What each end makes of the client's pause; spread out, because many may end at once. */
const PAUSES_MS = {
  'too slow': 5000,
  'not readable': 5000,
  stopping: 3000,
  old: 500,
} as const satisfies Record<StreamEnd | 'old', number>

/** No streams yet; the timer runs only while there are some. */
export function createConnections(
  { settings, metrics }: Pick<AppContext, 'settings' | 'metrics'>,
  streams: Streams,
): Connections {
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

  function connect(c: Context<ApiEnv>, { kind, filter, after, first }: StreamOptions): ReadableStream {
    const { incoming, outgoing } = c.env ?? {}
    const now = performance.now()
    let controller: ReadableStreamDefaultController<Uint8Array>
    const outlet = {
      write: (frames: Uint8Array) => {
        connection.unreadSince = performance.now()
        controller.enqueue(frames)
      },
      end: (reason: StreamEnd | 'old') => {
        if (!close()) return
        controller.enqueue(retryFrame(PAUSES_MS[reason] * (0.5 + Math.random())))
        controller.close()
        if (outgoing) setTimeout(() => outgoing.destroy(), GRACE_MS).unref()
      },
    }
    const connection: Connection = {
      follower: streams.add(filter, after, outlet),
      unreadSince: now,
      beatAt: now + BEAT_MS * Math.random(),
      expiresAt: now + maxAgeS * 1000 * (0.9 + 0.1 * Math.random()),
      end: outlet.end,
    }

    /** Returns false if it was closed before: the client's end may be reported in several ways. */
    function close(): boolean {
      if (!open.delete(connection)) return false
      streams.remove(filter, connection.follower)
      incoming?.socket.off('close', close)
      metrics.streams(kind, -1)
      if (open.size === 0) clearInterval(timer)
      return true
    }

    open.add(connection)
    metrics.streams(kind, 1)
    if (open.size === 1) timer = setInterval(tick, TICK_MS).unref()
    incoming?.socket.once('close', close)
    return new ReadableStream<Uint8Array>(
      {
        start: (started) => {
          controller = started
          controller.enqueue(first)
        },
        pull: () => {
          connection.unreadSince = null
          connection.follower.pull()
        },
        cancel: () => {
          close()
        },
      },
      { highWaterMark: 0 }, // pulled only when the socket takes more
    )
  }

  return {
    checkRoom,
    open: (c, options) => {
      checkRoom(c)
      const headers = {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        // The connection is not used again, so the end of the stream is the end of the connection.
        Connection: 'close',
        'X-Accel-Buffering': 'no',
      }
      const isGone = c.req.raw.signal.aborted || c.env?.incoming?.socket.destroyed
      if (c.req.method === 'HEAD' || isGone) return c.body(null, 200, headers)
      return c.body(connect(c, options), 200, headers)
    },
  }
}
