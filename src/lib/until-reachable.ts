/** Waiting at the start for a service that the process cannot do without: containers start in any order. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isTransient, messageOf } from './errors.ts'
import type { Logger } from './log.ts'

/** A service by name, and the setting that holds its URL. */
export type Needed = { name: string; setting: string; url: string }

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2000

/**
 * Returns when `probe` succeeds; repeats it for `patienceS` seconds while it fails as services do that are not up yet.
 * Logs one line when the waiting begins and one when it ends.
 * @throws Error with one sentence: the setting, the service, its address without secrets, and the reason
 */
export async function untilReachable(
  service: Needed,
  probe: () => Promise<unknown>,
  { patienceS, log }: { patienceS: number; log: Logger },
): Promise<void> {
  const address = addressOf(service.url)
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  let pauseMs = FIRST_PAUSE_MS
  for (let failures = 0; ; failures += 1) {
    try {
      await probe()
      if (failures > 0) log.info({ address, seconds: Math.round(seconds()) }, `${service.name} is reachable`)
      return
    } catch (error) {
      const reason = reasonOf(error)
      const where = `${service.setting}: ${service.name} at ${address}`
      if (!mayComeUp(error)) throw new Error(`${where} cannot be used: ${reason}`)
      if (seconds() >= patienceS)
        throw new Error(`${where} was not reachable within ${patienceS} s: ${reason}`)
      if (failures === 0)
        log.warn({ address, reason, patienceS }, `${service.name} is not reachable yet, waiting for it`)
    }
    await sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
}

/** A URL without what may be secret: user, password and options. */
export function addressOf(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** A container has its name only once it runs, and may accept connections before it answers. */
function mayComeUp(error: unknown): boolean {
  return isTransient(error) || /ENOTFOUND|timeout|no answer/i.test(reasonOf(error))
}

/** For a name with several addresses Node reports one error for each, and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return messageOf(error)
}
