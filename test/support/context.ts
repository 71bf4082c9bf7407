/** A complete context on a separate database, for tests of commands and of the doors (API, CLI, ingest, workers). */
import { readEnvironment } from '../../src/config/env.ts'
import { parseSettings } from '../../src/config/file.ts'
import { type Context, createContext } from '../../src/context.ts'
import { createDatabase, dropDatabase } from './database/database.ts'

export type TestContext = Context & { drop(): Promise<void> }

/**
 * @param env environment variables besides DATABASE_URL and LOG_LEVEL=silent
 * @param file the text of a settings file (YAML)
 */
export async function createTestContext(env: Record<string, string> = {}, file = ''): Promise<TestContext> {
  const url = env['DATABASE_URL'] ?? (await createDatabase())
  const environment = readEnvironment({ LOG_LEVEL: 'silent', ...env, DATABASE_URL: url })
  const context = await createContext({ env: environment, file: parseSettings(file, 'test settings') })
  return {
    ...context,
    now: () => new Date(), // which tests can set
    drop: async () => {
      await context.close()
      await dropDatabase(url)
    },
  }
}
