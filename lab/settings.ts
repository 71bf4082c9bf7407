/** The settings a service needs to run in the lab, as environment variables. */
import type { Bus } from './bus/start.ts'
import type { LabUrls } from './start.ts'

/** Topics that the service receives. */
const TOPICS = [
  'VirtualTopic.eng.errata.activity.status',
  'VirtualTopic.eng.errata.activity.signing',
  'VirtualTopic.eng.brew.task.closed',
  'VirtualTopic.eng.brew.task.failed',
  'VirtualTopic.eng.brew.task.canceled',
  'VirtualTopic.eng.odcs.state.change',
  'VirtualTopic.eng.freshmaker.manual.rebuild',
  'VirtualTopic.eng.freshmaker.async.manual.build',
  'VirtualTopic.eng.freshmaker.manage.eventcancel',
  'VirtualTopic.eng.resultsdb.result.new',
  'VirtualTopic.eng.waiverdb.waiver.new',
]

const SOURCES = TOPICS.map((topic) => `queue://Consumer.freshwave.${topic}`)

/** Creates the service's queues, so that messages sent before it connects are kept, as on a production broker. */
export function declareQueues(bus: Bus): void {
  for (const source of SOURCES) bus.depth(source)
}

/** The settings that point to the lab; all others keep their defaults. */
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
