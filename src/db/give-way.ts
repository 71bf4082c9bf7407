/** Repeats what PostgreSQL has ended so that another transaction could go on (decision 0094). */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from '../lib/error-code.ts'

/** A deadlock, and a conflict between serializable transactions. */
const CODES = new Set(['40P01', '40001'])

const MAX_ATTEMPTS = 5
/** Grows with each attempt. A repeat that begins immediately may lock a row again before the transaction that waits for it has woken up. */
const PAUSE_MS = 50

/** Runs a statement or a whole transaction, again if it had to give way: then it has changed nothing. */
export async function retryIfGivenWay<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !CODES.has(errorCode(error))) throw error
    }
    await sleep(PAUSE_MS * attempt)
  }
}
