/** Waits at the start for services that the process cannot do without: containers start in any order, and connections break. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isTransient, messageOf } from './errors.ts'
import type { Logger } from './log.ts'

/** A service by name, and the setting that holds its URL. */
export type Needed = { name: string; setting: string; url: string }

const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 2000

/** `firstFailure` gets the reason when the waiting begins. */
export type Persistence = { patienceS: number; firstFailure: (reason: string) => void }

/**
 * Repeats a step of the start while it fails because a service is not up yet or a connection breaks. `step` must be safe to
 * repeat.
 * @throws what `step` throws for any other reason, immediately, and its last failure after `patienceS` seconds
 */
export async function persist<T>(
  step: () => Promise<T>,
  { patienceS, firstFailure }: Persistence,
): Promise<T> {
  const giveUpAt = performance.now() + 1000 * patienceS
  let pauseMs = FIRST_PAUSE_MS
  for (let failures = 1; ; failures += 1) {
    try {
      return await step()
    } catch (error) {
      if (!mayComeUp(error) || performance.now() >= giveUpAt) throw error
      if (failures === 1) firstFailure(messageOf(error))
    }
    await sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
  }
}

/**
 * Resolves with the result of `probe` once it succeeds. Logs one line when the waiting begins and one when it ends.
 * @throws Error with one sentence: the setting, the service, its address without secrets, and the reason
 */
export async function untilReachable<T>(
  service: Needed,
  probe: () => Promise<T>,
  { patienceS, log }: { patienceS: number; log: Logger },
): Promise<T> {
  const address = addressOf(service.url)
  const started = performance.now()
  let hasFailed = false
  const firstFailure = (reason: string) => {
    hasFailed = true
    log.warn({ address, reason, patienceS }, `${service.name} is not reachable yet, waiting for it`)
  }
  const found = await persist(probe, { patienceS, firstFailure }).catch((error: unknown) => {
    const where = `${service.setting}: ${service.name} at ${address}`
    if (!mayComeUp(error)) throw new Error(`${where} cannot be used: ${messageOf(error)}`)
    throw new Error(`${where} was not reachable within ${patienceS} s: ${messageOf(error)}`)
  })
  const seconds = Math.round((performance.now() - started) / 1000)
  if (hasFailed) log.info({ address, seconds }, `${service.name} is reachable`)
  return found
}

/** A URL without what may be secret: user, password and options. */
export function addressOf(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** A container has its name only once it runs, and may accept connections before it answers. */
function mayComeUp(error: unknown): boolean {
  return isTransient(error) || /ENOTFOUND|timeout|no answer/i.test(messageOf(error))
}
