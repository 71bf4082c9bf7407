/**
 * Test projects. `unit`: milliseconds each, for `npm run test:unit`; `property`: many random inputs or large ones. Both run
 * in threads; `integration` and `e2e` open sockets and run in separate processes.
 */
import { defineConfig } from 'vitest/config'

/** These wait for servers and other processes, which a busy machine may delay; the limits only end a test that hangs. */
const sockets = {
  pool: 'forks' as const,
  globalSetup: 'test/support/database/global-setup.ts',
  testTimeout: 240_000,
  hookTimeout: 240_000,
  expect: { poll: { timeout: 60_000 } },
}

export default defineConfig({
  test: {
    // Tests spend most of their time waiting, so twice as many of them run as there are cores.
    maxWorkers: 4,
    // Files share their process and what it has imported: no module keeps state (decision 0067).
    isolate: false,
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 60_000,
          include: ['test/*.test.ts', 'test/unit/**/*.test.ts'],
        },
      },
      { test: { name: 'property', testTimeout: 60_000, include: ['test/property/**/*.test.ts'] } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...sockets } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...sockets, testTimeout: 600_000 } },
    ],
  },
})
