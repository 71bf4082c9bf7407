/** Receives notifications of the database (LISTEN) on a connection of its own, which is opened again when it is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import { withinTime } from '../lib/async/deadline.ts'
import { messageOf } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { createClient } from './client.ts'

/** Where to listen, and what to do with what arrives. Handlers must not throw. */
export type NoticesOptions = {
  url: string
  log: Logger
  /** By channel: takes the payload of each notification. */
  channels: Readonly<Record<string, (payload: string) => void>>
  /** Listening has begun, or begun again: what was notified before was missed. */
  onListening(): void
  /** Nothing is received; called again for each attempt to listen that fails. */
  onInterrupted(): void
  /** The connection still answers. */
  onHeartbeat(): void
}

/** `stop` resolves when no handler is called any more; the connection ends a moment later. */
export type Notices = { stop(): Promise<void> }

/** A lost connection that nothing reports is noticed within the sum of both. */
const HEARTBEAT_MS = 5000
const HEARTBEAT_PATIENCE_MS = 5000
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5000

/** Starts listening in the background, and tries forever. */
export function listen(options: NoticesOptions): Notices {
  const stop = new AbortController()
  const done = keepListening(options, stop.signal)
  return {
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

async function keepListening(options: NoticesOptions, stopped: AbortSignal): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS
  const onListening = () => {
    pauseMs = FIRST_PAUSE_MS
    options.onListening()
  }
  while (!stopped.aborted) {
    const reason = await listenOnce({ ...options, onListening }, stopped).catch(messageOf)
    if (stopped.aborted) return
    options.onInterrupted()
    options.log.warn({ reason, retryInMs: pauseMs }, 'database notifications interrupted')
    await sleep(pauseMs, undefined, { signal: stopped }).catch(() => undefined)
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
  }
}

/** Returns why the connection ended. @throws Error when it cannot be opened or no longer answers */
async function listenOnce(options: NoticesOptions, stopped: AbortSignal): Promise<string> {
  const client = createClient(options.url, 'freshwave notices')
  const lost = new AbortController()
  client.on('end', () => lost.abort())
  client.on('notification', ({ channel, payload }) => options.channels[channel]?.(payload ?? ''))
  const over = AbortSignal.any([stopped, lost.signal])
  try {
    await client.connect()
    for (const channel of Object.keys(options.channels)) await client.query(`listen ${channel}`)
    if (!stopped.aborted) options.onListening()
    while (!over.aborted) {
      await sleep(HEARTBEAT_MS, undefined, { signal: over }).catch(() => undefined)
      if (over.aborted) break
      await withinTime(client.query('select 1'), HEARTBEAT_PATIENCE_MS)
      options.onHeartbeat()
    }
    return 'the connection ended'
  } finally {
    client.removeAllListeners('notification')
    void client.end().catch(() => undefined)
  }
}
