/** Signs the builds of an advisory and publishes that on the bus, as the Errata Tool does. */
import { publish, type World } from '../../world.ts'
import { fullName, timeText } from './answers.ts'

const TOPIC = 'VirtualTopic.eng.errata.activity.signing'

/** Signs all builds, with one message for each. @throws Error when the advisory does not exist */
export function signAdvisory(world: World, id: number): void {
  const advisory = world.advisories.get(id)
  if (!advisory) throw new Error(`No advisory ${id}`)
  world.advisories.set(id, {
    ...advisory,
    builds: advisory.builds.map((build) => ({ ...build, signed: true })),
  })
  world.log(`errata: ${fullName(advisory)} is signed`)
  for (const { nvr } of advisory.builds) {
    const body = {
      errata_id: id,
      errata_status: advisory.status,
      from: null,
      to: nvr,
      type: advisory.type,
      fulladvisory: fullName(advisory),
      synopsis: advisory.synopsis,
      who: 'release-engineer@example.com',
      when: timeText(world.now()),
      content_types: advisory.contentTypes,
    }
    publish(world, TOPIC, body, { subject: 'errata.activity.signing' })
  }
}
