/** Follows one of the service's streams (behaviour/streams 1), so that a command looks again as soon as something has changed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { EventSource } from 'eventsource'
import { Agent, fetch } from 'undici'
import { type Query, queryText, type ServiceOptions } from './client.ts'

/** What has changed is not read from the stream: its messages are reminders. */
export type Changes = {
  /**
   * Resolves after the next change, or when it is time to look without one. A change since the last call counts. `lookMs`: how long
   * the last look took, which decides how soon the next one may follow.
   */
  next(lookMs: number): Promise<void>
  close(): Promise<void>
}

/** With a stream, a look without a change only guards against one that is open but silent. */
const LOOK_EVERY_MS = { streaming: 30_000, withoutStream: 2000 }
/** Builds that end together are one look. */
const GATHER_MS = 100
/**
 * The min pause before a look, in times of what the last one took: a look at an event of thousands of images costs the service much of
 * a second, and such an event changes all the time. So a follower takes at most a fifth of a web process, less while that is busy.
 */
const PAUSE_IN_LOOKS = 4

/**
 * Connects again by itself, from the last id. If the service refuses the stream (an older one, too many streams), the
 * command looks every two seconds.
 */
export function followChanges(
  options: ServiceOptions,
  path: string,
  { kinds, ...query }: Query & { kinds: readonly string[] },
): Changes {
  const agent = new Agent({ connect: { ...options.tls }, headersTimeout: options.timeoutMs, bodyTimeout: 0 })
  // The URL may have a path, the prefix of a proxy.
  const source = new EventSource(`${options.url}${path}${queryText({ ...query, kinds: kinds.join() })}`, {
    fetch: async (address, init) => {
      const headers = { ...init.headers, ...options.headers, ...(await options.authorize?.()) }
      return fetch(address, { ...init, headers, dispatcher: agent })
    },
  })
  let changed = Promise.withResolvers<void>()
  for (const kind of [...kinds, 'gap']) source.addEventListener(kind, () => changed.resolve())
  // One look finds everything that changed while there was no connection.
  source.addEventListener('open', () => changed.resolve())

  return {
    async next(lookMs) {
      const pause = new AbortController()
      const isStreaming = source.readyState === source.OPEN
      const longest = isStreaming ? LOOK_EVERY_MS.streaming : LOOK_EVERY_MS.withoutStream
      await Promise.race([changed.promise, sleep(longest, undefined, { signal: pause.signal })])
      pause.abort()
      await sleep(Math.max(GATHER_MS, Math.min(lookMs * PAUSE_IN_LOOKS, LOOK_EVERY_MS.streaming)))
      changed = Promise.withResolvers()
    },
    async close() {
      source.close()
      await agent.destroy()
    },
  }
}
