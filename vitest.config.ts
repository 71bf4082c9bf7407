/** Test projects: unit and property in threads, everything that opens sockets in processes of its own. */
import { defineConfig } from 'vitest/config'

/** These wait for servers and other processes: on a machine that is busy otherwise one may once come too late. */
const sockets = { pool: 'forks' as const, testTimeout: 60_000, hookTimeout: 120_000, retry: 1 }

export default defineConfig({
  test: {
    globalSetup: 'test/support/global-setup.ts',
    // Most tests wait for something most of the time, so a few more than there are cores.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 60_000,
          include: ['test/*.test.ts', 'test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...sockets } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...sockets, testTimeout: 300_000 } },
    ],
  },
})
