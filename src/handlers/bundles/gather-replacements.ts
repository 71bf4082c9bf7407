/** Finds out which images the advisory's builds replace: by our own history, blocking advisories and the requester. */
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { rebuildHistory } from '../../db/queries/planning/rebuild-history.ts'
import {
  findReplacements,
  originalsOf,
  type Replacements,
} from '../../domain/rebuild/discover/bundles/replacements.ts'
import { tryParseNvr } from '../../domain/rebuild/images/nvr.ts'
import { Permanent } from '../../lib/errors.ts'
import type { DiscoveryEvent } from '../handler.ts'
import { requesterMetadata } from '../request.ts'
import { gatherImages } from './gather-images.ts'
import type { BundleServices } from './services.ts'

/** Original NVR -> rebuilt NVR; the requester's own pairs take precedence. @throws Permanent when these are not valid */
export async function gatherReplacements(
  ctx: Pick<Context, 'db' | 'settings'>,
  services: BundleServices,
  event: DiscoveryEvent,
): Promise<Replacements> {
  const overrides = overridesOf(event)
  const id = Number(event.searchKey)
  const [attached, blocking] = await Promise.all([
    services.errata.attachedBuilds(id),
    blockingBuilds(services, id),
  ])
  const history = await rebuildHistory(ctx.db.fork(), [...attached, ...blocking])
  const originals = attached.flatMap((nvr) => originalsOf(nvr, history))
  const { images } = await gatherImages(services, originals)
  const { bundle_include_previous_rebuilds: includePrevious } = ctx.settings.file
  const found = findReplacements({ attached, blocking, history, images }, includePrevious)
  return new Map([...found, ...overrides])
}

async function blockingBuilds({ errata }: BundleServices, id: number): Promise<string[]> {
  const advisories = await errata.blockingAdvisories(id)
  return (await Promise.all(advisories.map((blocking) => errata.attachedBuilds(blocking)))).flat()
}

const nvr = z.string().refine((text) => tryParseNvr(text) !== null, 'is not an NVR')
const overridesSchema = z.record(nvr, nvr).nullish()

function overridesOf(event: DiscoveryEvent): [original: string, replacement: string][] {
  const given = requesterMetadata(event).bundle_related_image_overrides
  const read = overridesSchema.safeParse(given)
  if (read.success) return Object.entries(read.data ?? {})
  const [issue] = read.error.issues
  const where = ['bundle_related_image_overrides', ...(issue?.path ?? [])].join('.')
  throw new Permanent(`${where}: must map NVRs to NVRs: ${issue?.message ?? ''}`)
}
