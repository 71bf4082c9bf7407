/** Publishes for the whole process over one connection to the bus, which is opened when it is first needed. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../lib/log.ts'
import { type AmqpSettings, readBrokers } from './broker.ts'
import { type BusConnection, type BusStatus, connectBus } from './connect.ts'
import { type BusSender, createSender } from './send.ts'

const CHECK_EVERY_MS = 20

/** The sender that all parts of a process share. */
export type BusPublisher = BusSender & {
  /** Connects if not connected yet, and reports the state after at most `patienceMs`. */
  check(patienceMs: number): Promise<BusStatus>
  close(): Promise<void>
}

/** Undefined when no broker is configured. @throws BadSettings when a certificate file cannot be read */
export function openBusPublisher(settings: AmqpSettings, log: Logger): BusPublisher | undefined {
  const brokers = readBrokers(settings)
  if (brokers.length === 0) {
    log.info('AMQP_URL is not set: no messages are sent')
    return undefined
  }
  let opened: { bus: BusConnection; sender: BusSender } | undefined
  const open = () => {
    if (opened) return opened
    const bus = connectBus(brokers, `freshwave-${hostname()}-${randomUUID().slice(0, 8)}`, log)
    opened = { bus, sender: createSender(bus) }
    return opened
  }
  return {
    send: (message) => open().sender.send(message),
    async check(patienceMs) {
      const { bus } = open()
      const deadline = performance.now() + patienceMs
      while (!bus.status().connected && performance.now() < deadline) await sleep(CHECK_EVERY_MS)
      return bus.status()
    },
    close: async () => opened?.bus.close(),
  }
}
