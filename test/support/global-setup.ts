/** On CI, stops the PostgreSQL that all test files share after the last test; elsewhere the next run reuses it. */
import { stopIfLast } from '../../src/db/embedded/server.ts'
import { TEST_DATA_DIR } from './database.ts'

/** Called by vitest once, after all tests. */
export async function teardown(): Promise<void> {
  if (process.env.CI === 'true') await stopIfLast(TEST_DATA_DIR)
}
