/** The settings a service needs to run in the lab, as environment variables. */
import type { Bus } from './bus/start.ts'
import type { LabUrls } from './start.ts'

/** Topics the service listens to. */
const TOPICS = [
  'VirtualTopic.eng.errata.activity.status',
  'VirtualTopic.eng.brew.task.closed',
  'VirtualTopic.eng.brew.task.failed',
  'VirtualTopic.eng.brew.task.canceled',
  'VirtualTopic.eng.odcs.state.change',
]

const SOURCES = TOPICS.map((topic) => `queue://Consumer.freshwave.${topic}`)

/** Makes the service's queues: what is sent before it has connected waits for it there, as on a broker in use. */
export function declareQueues(bus: Bus): void {
  for (const source of SOURCES) bus.depth(source)
}

/** Everything that says where the lab is; what is left keeps its default. */
export function connectionSettings(urls: LabUrls, busUrl: string): Record<string, string> {
  return {
    ...urls,
    FRESHWAVE_CONFIG: 'lab/freshwave.yaml',
    POLICIES_DIR: 'lab/policies',
    GIT_BASE_URL: 'git://dist-git.example.com',
    KOJI_AUTH: 'password',
    KOJI_USER: 'freshwave',
    KOJI_PASSWORD: 'freshwave',
    AMQP_URL: busUrl,
    AMQP_SOURCES: SOURCES.join(','),
  }
}
