/** Options that make an upstream client fail quickly, for tests. */
import type { ClientOptions } from '../../../src/lib/http/client.ts'
import { createLog } from '../../../src/lib/log.ts'

/** Three attempts a few milliseconds apart, each limited to ten seconds. */
export function clientOptions(url: string, changes: Partial<ClientOptions> = {}): ClientOptions {
  return {
    url,
    timeoutMs: 10_000,
    concurrency: 4,
    retry: { attempts: 3, firstDelayMs: 2 },
    log: createLog('silent'),
    ...changes,
  }
}
