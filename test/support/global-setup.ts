/** After the last test on CI: the PostgreSQL that all test files share is stopped; elsewhere the next run finds it. */
import { stopIfLast } from '../../src/db/embedded/server.ts'
import { TEST_DATA_DIR } from './database.ts'

/** Called by vitest once, at the very end. */
export async function teardown(): Promise<void> {
  if (process.env.CI === 'true') await stopIfLast(TEST_DATA_DIR)
}
