/** Moving an advisory on: its status changes and the Errata Tool says so on the bus. */
import type { AdvisoryState } from '../../catalogue/entry.ts'
import { publish, type World } from '../../world.ts'
import { fullName } from './answers.ts'

const TOPIC = 'VirtualTopic.eng.errata.activity.status'

/** Ships an advisory. Shipping it again sends the message again, as the Errata Tool does on a re-push. */
export function shipAdvisory(world: World, id: number): void {
  moveAdvisory(world, id, 'SHIPPED_LIVE')
}

/** Puts an advisory into a state; throws when there is no such advisory. */
export function moveAdvisory(world: World, id: number, to: AdvisoryState): void {
  const advisory = world.advisories.get(id)
  if (!advisory)
    throw new Error(`No advisory ${id}; there are: ${[...world.advisories.keys()].slice(0, 20).join(', ')}`)
  world.advisories.set(id, { ...advisory, status: to })
  world.say(`errata: ${fullName(advisory)} ${advisory.status} -> ${to}`)
  const body = {
    errata_id: id,
    errata_status: to,
    from: advisory.status,
    to,
    type: advisory.type,
    fulladvisory: fullName(advisory),
    synopsis: advisory.synopsis,
    product: world.catalogue.products.find((one) => one.id === advisory.productId)?.shortName,
    release: world.catalogue.releases.find((one) => one.id === advisory.releaseId)?.name,
    who: 'release-engineer@example.com',
    when: `${new Date(world.now()).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    content_types: advisory.contentTypes,
    skip_customer_notifications: false,
  }
  publish(world, TOPIC, body, messageProperties(body))
}

/** The same values ride along as texts. */
function messageProperties(body: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(body)
    .filter(([name]) => !['content_types', 'skip_customer_notifications'].includes(name))
    .map(([name, value]) => [name, String(value)])
  return { subject: 'errata.activity.status', ...Object.fromEntries(texts) }
}
