/** One stream's way through the changes: old ones from the database, then the newest ones that all streams share. */
import { isFor, type StreamFilter } from '../../domain/streams/change.ts'
import type { Entry } from '../../domain/streams/recent.ts'
import type { Feed } from './feed.ts'

/** Takes the frames of a stream, on the way to its client. */
export type FrameSink = {
  /** Called only after `pull`, once for each call. */
  write(frames: Uint8Array): void
  /** The stream goes no further; the client continues it with a new request. */
  end(reason: StreamEnd): void
}

/** Why a stream was ended here: it had fallen too far behind, old changes could not be read, or the process stops. */
export type StreamEnd = 'too slow' | 'not readable' | 'stopping'

/** A stream as the feed sees it. It keeps no changes itself, so one that is not read costs no memory. */
export type Follower = {
  /** The client takes more: the next frames follow as soon as there are any. */
  pull(): void
  /** There are changes for it after `position`, where the feed stood before it read them. */
  wake(position: number): void
  /** Writes a heartbeat if the stream is idle; `frame` makes it, with the position up to which everything was written. */
  beat(frame: (position: number) => Uint8Array): void
  stop(): void
}

/** Bytes of frames in one write, so that a long backlog is not one huge write. */
const MAX_BYTES = 64 * 1024

/** Follows the changes behind `after`; each one that passes `filter` is written once, in order. */
export function createFollower(
  feed: Pick<Feed, 'recent' | 'older'>,
  { filter, after, sink }: { filter: StreamFilter; after: number; sink: FrameSink },
): Follower {
  let position = after
  let isPulled = false
  let isIdle = false
  let isReading = false
  let isLive = false
  let isOver = false

  function advance(): void {
    if (!isPulled || isReading || isOver) return
    if (feed.recent().reaches(position)) {
      isLive = true
      isIdle = !send(feed.recent().after(position))
    } else if (isLive) end('too slow')
    else void readOlder()
  }

  async function readOlder(): Promise<void> {
    isReading = true
    try {
      // Until something is found: the database may have much that is for others.
      for (let sent = false; !sent && !isOver && !feed.recent().reaches(position); ) {
        const entries = await feed.older(position)
        if (entries.length === 0) throw new Error(`nothing follows position ${position}`)
        sent = send(entries)
      }
    } catch {
      end('not readable')
    }
    isReading = false
    advance()
  }

  /** Writes the frames of the first entries; returns whether there were any. */
  function send(entries: readonly Entry[]): boolean {
    const frames: Uint8Array[] = []
    let bytes = 0
    for (const entry of entries) {
      position = entry.position
      if (!entry.change || !isFor(filter, entry.change)) continue
      frames.push(entry.change.frame)
      bytes += entry.change.frame.byteLength
      if (bytes >= MAX_BYTES) break
    }
    const [first] = frames
    if (!first || isOver) return false
    isPulled = false
    sink.write(frames.length === 1 ? first : Buffer.concat(frames))
    return true
  }

  function end(reason: StreamEnd): void {
    if (!isOver) sink.end(reason)
    isOver = true
  }

  return {
    pull: () => {
      isPulled = true
      if (!isIdle) advance()
    },
    wake: (from) => {
      if (!isIdle) return // it is still reading, and will reach these changes
      position = Math.max(position, from)
      isIdle = false
      advance()
    },
    beat: (frame) => {
      if (!isIdle || !isPulled || isOver) return
      isPulled = false
      sink.write(frame(feed.recent().newest()))
    },
    stop: () => {
      isOver = true
    },
  }
}
