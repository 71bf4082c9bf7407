/** Changes the state of an advisory and publishes the change on the bus, as the Errata Tool does. */
import type { AdvisoryState } from '../../catalogue/entry.ts'
import { publish, type World } from '../../world.ts'
import { buildByNvr } from '../koji/state.ts'
import { fullName, timeText } from './answers.ts'

const TOPIC = 'VirtualTopic.eng.errata.activity.status'

/** Ships an advisory. Shipping it again publishes the message again, as the Errata Tool does on a re-push. */
export function shipAdvisory(world: World, id: number): void {
  moveAdvisory(world, id, 'SHIPPED_LIVE')
}

/**
 * Ships images that Koji has built: publishes them where the newest image of their name is, and ships a new advisory
 * with them, filed by the automation for rebuilt images. Returns its id.
 * @throws Error when Koji has not built an image or no image of its name is published
 */
export function shipImages(world: World, nvrs: readonly string[]): number {
  const id = Math.max(...world.advisories.keys()) + 1
  const builds = nvrs.map((nvr) => {
    publishImage(world, nvr)
    const place = { productVersion: 'RHEL-8.9.0.Z.MAIN', variant: 'BaseOS-8.9.0.Z.MAIN', tags: [] }
    return { ...place, nvr, rpms: [], cves: [], signed: true, isModule: false }
  })
  world.advisories.set(id, {
    id,
    type: 'RHBA',
    number: `2026:${id % 10_000}-01`,
    synopsis: 'updated container images',
    status: 'PUSH_READY',
    securityImpact: 'None',
    contentTypes: ['docker'],
    productId: world.catalogue.products[0]?.id ?? 0,
    releaseId: world.catalogue.releases[0]?.id ?? 0,
    reporter: 'botas/releng-jenkins@EXAMPLE.COM',
    cves: [],
    bugs: {},
    jiraIssues: [],
    builds,
    pulpRepositories: [],
    blockedBy: [],
  })
  shipAdvisory(world, id)
  return id
}

function publishImage(world: World, nvr: string): void {
  const image = buildByNvr(world.koji, nvr)?.image
  if (!image) throw new Error(`Koji has not built ${nvr}`)
  const offered = world.images.findLast(({ name, locations }) => name === image.name && locations.length > 0)
  if (!offered) throw new Error(`No image ${image.name} is published`)
  const locations = offered.locations.map((place) => ({
    ...place,
    tags: [...place.tags.filter((tag) => !tag.includes('-')), `${image.version}-${image.release}`],
  }))
  world.images = [...world.images, { ...image, locations, publishedAt: new Date(world.now()).toISOString() }]
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
    when: timeText(world.now()),
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
