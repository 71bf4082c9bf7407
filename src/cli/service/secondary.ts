/** Parts that a command shows besides its subject: when one cannot be fetched, the rest is shown all the same, with the reason in one line. */
import { CommandFailed } from './client.ts'

/** The answer, or why there is none. */
export type Secondary<T> = { answer: T; problem: null } | { answer: null; problem: string }

/** Never rejects because of the service. */
export async function secondary<T>(request: () => Promise<T>): Promise<Secondary<T>> {
  try {
    return { answer: await request(), problem: null }
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    return { answer: null, problem: error.message.replace(/\s+/g, ' ') }
  }
}
