/** A connection to one of several brokers that reconnects by itself, to the next broker in turn, with growing delays. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'rhea'
import type { Logger } from '../lib/log.ts'
import type { Broker } from './broker.ts'
import { type Attempt, dial } from './dial.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 15_000
/** A connection that ends sooner counts as a failure, so that a broker that closes it at once is not flooded. */
const LASTING_MS = 5_000

/** State of the connection; `broker` is the one tried last, without password, `detail` the reason if not connected. */
export type BusStatus = { connected: boolean; broker: string; detail: string }

/** A connection that is kept open. */
export type BusConnection = {
  /** Calls `opened` with the current connection, if any, and with every later one. */
  onOpen(opened: (connection: Connection) => void): void
  /** Calls `lost` with the reason whenever a connection has ended. */
  onLost(lost: (reason: string) => void): void
  status(): BusStatus
  /** Closes it permanently. */
  close(): Promise<void>
}

/**
 * Keeps a connection open until `close`.
 * @param containerId identifies us to the broker: must stay the same for durable subscriptions, else must be unique
 */
export function connectBus(brokers: readonly Broker[], containerId: string, log: Logger): BusConnection {
  const stop = new AbortController()
  const openListeners: ((connection: Connection) => void)[] = []
  const lostListeners: ((reason: string) => void)[] = []
  let attempt: Attempt | undefined
  let status: BusStatus = { connected: false, broker: '', detail: 'not connected yet' }

  /** One attempt from dialling to its end; returns whether the connection lasted. */
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
    if (!stop.signal.aborted)
      log.warn({ broker: broker.name, reason: detail }, 'bus connection failed, will retry')
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

/** Short until each broker was tried once, then doubling with each round; randomized, to spread out the clients. */
function pauseMs(failures: number, brokers: number): number {
  const round = Math.floor(failures / brokers)
  const full = Math.min(FIRST_PAUSE_MS * 2 ** round, MAX_PAUSE_MS)
  return full * (0.75 + Math.random() / 2)
}
