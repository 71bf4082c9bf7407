/** Keeps the PostgreSQL that all test files share up from the first test to the last. */
import { sharedServer } from './database.ts'

/** Called by vitest once before the first test; what it returns is called after the last. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await sharedServer()
  return server.close
}
