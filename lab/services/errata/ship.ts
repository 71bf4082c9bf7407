/** Changes the state of an advisory and publishes the change on the bus, as the Errata Tool does. */
import type { AdvisoryState } from '../../catalogue/entry.ts'
import { publish, type World } from '../../world.ts'
import { fullName } from './answers.ts'

const TOPIC = 'VirtualTopic.eng.errata.activity.status'

/** Ships an advisory. Shipping it again publishes the message again, as the Errata Tool does on a re-push. */
export function shipAdvisory(world: World, id: number): void {
  moveAdvisory(world, id, 'SHIPPED_LIVE')
}

/** Puts an advisory into a state. @throws Error when the advisory does not exist */
export function moveAdvisory(world: World, id: number, to: AdvisoryState): void {
  const advisory = world.advisories.get(id)
  if (!advisory)
    throw new Error(
      `No advisory ${id}; known advisories: ${[...world.advisories.keys()].slice(0, 20).join(', ')}`,
    )
  const shippedAt = to === 'SHIPPED_LIVE' ? new Date(world.now()).toISOString() : advisory.shippedAt
  world.advisories.set(id, { ...advisory, status: to, shippedAt })
  world.log(`errata: ${fullName(advisory)} ${advisory.status} -> ${to}`)
  const body = {
    errata_id: id,
    errata_status: to,
    from: advisory.status,
    to,
    type: advisory.type,
    fulladvisory: fullName(advisory),
    synopsis: advisory.synopsis,
    product: world.catalogue.products.find((product) => product.id === advisory.productId)?.shortName,
    release: world.catalogue.releases.find((release) => release.id === advisory.releaseId)?.name,
    who: 'release-engineer@example.com',
    when: `${new Date(world.now()).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    content_types: advisory.contentTypes,
    skip_customer_notifications: false,
  }
  publish(world, TOPIC, body, messageProperties(body))
}

/** The same values as texts, sent as message properties. */
function messageProperties(body: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(body)
    .filter(([name]) => !['content_types', 'skip_customer_notifications'].includes(name))
    .map(([name, value]) => [name, String(value)])
  return { subject: 'errata.activity.status', ...Object.fromEntries(texts) }
}
