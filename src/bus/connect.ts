/** A connection to one of several brokers that comes back by itself: the next broker in turn, with growing pauses. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'rhea'
import type { Logger } from '../lib/log.ts'
import type { Broker } from './broker.ts'
import { type ConnectionAttempt, dial } from './dial.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000
/** A connection that ended sooner counts as a failure: a broker that disconnects us immediately must not be hammered. */
const LASTING_MS = 5_000

/** The state of the connection; `broker` is the one last tried, without password, `detail` why it is not connected. */
export type BusStatus = { connected: boolean; broker: string; detail: string }

/** A connection that is kept up. */
export type BusConnection = {
  /** Calls `opened` with the present connection, if any, and with every later one. */
  onOpen(opened: (connection: Connection) => void): void
  /** Calls `lost` whenever a connection is gone, with the reason. */
  onLost(lost: (reason: string) => void): void
  status(): BusStatus
  /** Ends it permanently. */
  close(): Promise<void>
}

/**
 * Keeps a connection up until `close`.
 * @param containerId how the broker knows us: must stay the same for durable subscriptions, else be unique
 */
export function connectBus(brokers: readonly Broker[], containerId: string, log: Logger): BusConnection {
  const stop = new AbortController()
  const openListeners: ((connection: Connection) => void)[] = []
  const lostListeners: ((reason: string) => void)[] = []
  let attempt: ConnectionAttempt | undefined
  let status: BusStatus = { connected: false, broker: '', detail: 'not connected yet' }

  /** One attempt from dialling to its end; returns whether it lasted. */
  const serve = async (broker: Broker): Promise<boolean> => {
    attempt = dial(broker, containerId)
    const opened = await attempt.opened
    const openedAt = performance.now()
    if (opened) {
      status = { connected: true, broker: broker.name, detail: 'connected' }
      log.info({ broker: broker.name }, 'connected to the bus')
      for (const listener of openListeners) listener(attempt.connection)
    }
    const detail = await attempt.ended
    attempt = undefined
    status = { connected: false, broker: broker.name, detail }
    if (!stop.signal.aborted) log.warn({ broker: broker.name, reason: detail }, 'no connection to the bus')
    if (opened) for (const listener of lostListeners) listener(detail)
    return opened && performance.now() - openedAt > LASTING_MS
  }

  const keepUp = async () => {
    let failures = 0
    for (let turn = 0; !stop.signal.aborted; turn++) {
      const broker = brokers[turn % brokers.length]
      if (!broker) return
      failures = (await serve(broker)) ? 0 : failures + 1
      await sleep(pauseMs(failures, brokers.length), undefined, { signal: stop.signal }).catch(
        () => undefined,
      )
    }
  }
  const done = keepUp()

  return {
    onOpen(listener) {
      openListeners.push(listener)
      if (status.connected && attempt) listener(attempt.connection)
    },
    onLost: (listener) => lostListeners.push(listener),
    status: () => status,
    async close() {
      stop.abort()
      await attempt?.close()
      await done
    },
  }
}

/** Short while there are brokers not tried yet, then doubling with each round, never in step with other clients. */
function pauseMs(failures: number, brokers: number): number {
  const round = Math.floor(failures / brokers)
  const full = Math.min(FIRST_PAUSE_MS * 2 ** round, MAX_PAUSE_MS)
  return full * (0.75 + Math.random() / 2)
}
