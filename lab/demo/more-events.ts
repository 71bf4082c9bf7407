/** The end of the demo, three more events: a manual rebuild that is canceled halfway, an operator bundle, and a flatpak. */
import { abilitiesOf } from '../../src/lib/terminal/abilities.ts'
import { shipImages } from '../services/errata/ship.ts'
import { signAdvisory } from '../services/errata/sign.ts'
import type { World } from '../world.ts'
import type { BuildAnswer, EventAnswer } from './answers.ts'
import { followEvent } from './live-view.ts'
import type { Service } from './service.ts'
import { drawBuilds } from './tree.ts'

const PATIENCE_MS = 60_000
/** An image at the end of a chain of four. */
const STOREFRONT = 'storefront-container-4.2-18'
/** An image that a bundle refers to. */
const HTTPD = 'httpd-24-container-1-283'
const MODULE_ADVISORY = 133005

/** Requests the rebuild of one image and cancels it when the first of its parents is done. @throws when it ends otherwise */
export async function showCancel(service: Service, advisory: number): Promise<void> {
  console.log(`\nA user requests the rebuild of ${STOREFRONT} and cancels it halfway.`)
  const body = { errata_id: advisory, container_images: [STOREFRONT] }
  const { id } = await service.post<EventAnswer>('/api/1/builds/', body)
  const follow = (until: (event: EventAnswer) => boolean) =>
    followEvent(service, { find: `search_key=${advisory}`, patienceMs: PATIENCE_MS, until })
  await follow(({ builds }) => builds.some(isDone))
  await service.patch<EventAnswer>(`/api/1/events/${id}`, { action: 'cancel' })
  const event = await follow(({ builds }) => builds.every((build) => isDone(build) || isSettled(build)))
  show(event, 'CANCELED')
}

/** Ships a rebuilt image, whose bundle is then rebuilt. @throws when it is not */
export async function showBundle(service: Service, world: World, rebuilt: EventAnswer): Promise<void> {
  const image = rebuilt.builds.find(({ original_nvr: original }) => original === HTTPD)?.rebuilt_nvr
  if (!image) throw new Error(`${HTTPD} was not rebuilt.`)
  console.log(`\n${image} ships: operator bundles that refer to ${HTTPD} are rebuilt with its digest.`)
  const event = await untilEnded(service, shipImages(world, [image]))
  show(event, 'COMPLETE')
  const [bundle] = event.builds
  const path = `/api/2/pullspec_overrides/${bundle?.id}`
  const { pullspec_replacements: pullspecs } = await service.get<Overrides>(path)
  console.log(`  What the build system changed in it (${service.url}${path}):`)
  for (const pullspec of pullspecs) console.log(`    ${pullspec.original.padEnd(40)} ${pullspec.new}`)
}

/** Signs a module in testing, from which a flatpak is then rebuilt. @throws when it is not */
export async function showFlatpak(service: Service, world: World): Promise<void> {
  console.log(
    `\nThe module of advisory ${MODULE_ADVISORY} is signed: flatpaks are rebuilt from it before it ships.`,
  )
  signAdvisory(world, MODULE_ADVISORY)
  show(await untilEnded(service, MODULE_ADVISORY), 'COMPLETE')
  const compose = [...world.odcs.composes.values()].findLast(({ sourceType }) => sourceType === 'module')
  console.log(`  Its packages came from the compose of ${compose?.source.replaceAll(' ', ' and ')}.`)
}

type Overrides = { pullspec_replacements: { original: string; new: string }[] }

function untilEnded(service: Service, advisory: number): Promise<EventAnswer> {
  return followEvent(service, { find: `search_key=${advisory}`, patienceMs: PATIENCE_MS })
}

function show(event: EventAnswer, expected: string): void {
  console.log(
    [
      `${event.state_name}: ${event.state_reason}`,
      ...drawBuilds(event, abilitiesOf(process.stdout).hasColors),
    ].join('\n'),
  )
  if (event.state_name !== expected)
    throw new Error(`The event ended as ${event.state_name}, not ${expected}.`)
}

const isDone = ({ state_name: state }: BuildAnswer) => state === 'DONE'
/** Whether the build is canceled and the outcome of its task in the build system is known. */
const isSettled = ({ state_name: state, state_reason: reason }: BuildAnswer) =>
  state === 'CANCELED' && reason !== null
