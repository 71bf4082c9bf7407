/** Options that make an upstream client fail quickly, for tests. */
import { pino } from 'pino'
import type { ClientOptions } from '../../../src/lib/http/client.ts'
import { createLog, type Logger } from '../../../src/lib/log.ts'

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

/** A log for a client, which calls `onRetry` each time the client has begun to wait before it repeats a request. */
export function logOfRetries(onRetry: () => void): Logger {
  const write = (line: string) => {
    if (line.includes('"retrying request"')) setImmediate(onRetry) // the wait begins right after the line
  }
  return pino({ level: 'warn' }, { write })
}
