/** The lab and its bus on free ports, with the settings a service needs to run in it. */
import { type Bus, startBus } from '../../../lab/bus/start.ts'
import { shipAdvisory } from '../../../lab/services/errata/ship.ts'
import { connectionSettings, declareQueues } from '../../../lab/settings.ts'
import { type Lab, type LabOptions, startLab } from '../../../lab/start.ts'

/** A running lab; `env` holds the settings of a service in it. */
export type TestWorld = {
  lab: Lab
  bus: Bus
  env: Record<string, string>
  /** Ships an advisory, which publishes its message on the bus. */
  ship(advisoryId: number): void
  /** The messages sent by the service, by the last parts of their topic. */
  sent(topic: 'event.state.changed' | 'event.state.changed.min' | 'build.state.changed'): SentMessage[]
  stop(): Promise<void>
}

/** A message sent by the service: its id and its parsed body. */
export type SentMessage = { messageId: string | null; body: Record<string, unknown> }

const PREFIX = 'VirtualTopic.eng.freshmaker.'

/** Starts the lab; builds take `builder.durationMs` (default 20 ms), 16 at a time. */
export async function startWorld(options: LabOptions = {}): Promise<TestWorld> {
  const bus = await startBus()
  declareQueues(bus)
  const lab = await startLab({
    publish: bus.publish,
    ...options,
    builder: { parallelism: 16, durationMs: () => 20, ...options.builder },
  })
  return {
    lab,
    bus,
    env: { ...connectionSettings(lab.urls, bus.url), POLL_INTERVAL_MS: '500', SWEEP_INTERVAL_MS: '500' },
    ship: (advisoryId) => shipAdvisory(lab.world, advisoryId),
    sent: (topic) =>
      bus
        .received(PREFIX)
        .filter((message) => message.topic === PREFIX + topic)
        .map(({ messageId, body }) => ({ messageId, body: JSON.parse(body ?? '{}') })),
    stop: async () => {
      await lab.stop()
      await bus.stop()
    },
  }
}
