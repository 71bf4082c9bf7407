/** After the last test: the PostgreSQL that all test files share is stopped. */
import { stopIfLast } from '../../src/db/embedded/server.ts'
import { TEST_DATA_DIR } from './database.ts'

/** Called by vitest once, at the very end. */
export async function teardown(): Promise<void> {
  await stopIfLast(TEST_DATA_DIR)
}
