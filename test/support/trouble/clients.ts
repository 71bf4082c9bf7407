/** The clients of the service, created from settings as in production, for tests of how they classify trouble. */
import { onTestFinished } from 'vitest'
import type { LabUrls } from '../../../lab/start.ts'
import { type Clients, createClients } from '../../../src/clients/index.ts'
import { readEnvironment } from '../../../src/config/env.ts'
import { parseSettings } from '../../../src/config/file.ts'
import { createLog } from '../../../src/lib/log.ts'
import { createMetrics } from '../../../src/lib/metrics/metrics.ts'

/** No call is repeated, so that every failure is visible. */
const settingsText = (
  timeoutS: number,
) => `{request_attempts: 1, koji_retry: 0, requests_timeout: ${timeoutS}, koji_timeout: ${timeoutS},
  koji_requests_per_second: 1000, jira_email: freshwave@example.com, jira_token: lab}`

/** Clients of the lab at these addresses; they close at the end of the test. `timeoutS`: limit of each call. */
export function clientsOf(urls: LabUrls, timeoutS = 30): Required<Clients> {
  const env = readEnvironment({
    ...urls,
    DATABASE_URL: 'postgres://unused',
    KOJI_AUTH: 'password',
    KOJI_USER: 'freshwave',
    KOJI_PASSWORD: 'freshwave',
  })
  const settings = { env, file: parseSettings(settingsText(timeoutS), 'test settings') }
  const clients = createClients(settings, createLog('silent'), createMetrics()) as Required<Clients> // all addresses are set; without logins there are no clients for them
  onTestFinished(async () => {
    await Promise.all(
      Object.values(clients as Clients).map((client) =>
        client && 'close' in client ? client.close() : undefined,
      ),
    )
  })
  return clients
}
