/** Finds the images that the advisory's builds replace: from our own history, from blocking advisories and from the requester. */
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { rebuildHistory } from '../../db/queries/planning/rebuild-history.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import {
  findReplacements,
  originalsOf,
  type Replacements,
} from '../../domain/rebuild/discover/bundles/replacements.ts'
import { tryParseNvr } from '../../domain/rebuild/images/nvr.ts'
import { isOfThing, Permanent } from '../../lib/errors.ts'
import { type Records, unreadableList } from '../../lib/records.ts'
import { type Listing, readable } from '../gaps.ts'
import type { DiscoveryEvent } from '../handler.ts'
import { requesterMetadata } from '../request.ts'
import { gatherImages } from './gather-images.ts'
import type { BundleServices } from './services.ts'

/**
 * `replacements`: the requester's own pairs take precedence, and `named` are the originals of these; `gaps`: parts of the
 * advisories that cannot be read.
 */
type GatheredReplacements = { replacements: Replacements; named: ReadonlySet<string>; gaps: Consideration[] }

/** Reads only. @throws Permanent when the requester's pairs are not valid */
export async function gatherReplacements(
  ctx: Pick<Context, 'db' | 'settings'>,
  services: BundleServices,
  event: DiscoveryEvent,
  advisory: { id: number; name: string },
): Promise<GatheredReplacements> {
  const overrides = overridesOf(event)
  const gaps: Consideration[] = []
  const [attached, blocking] = await Promise.all([
    attachedBuilds(services, advisory.id, advisory.name, gaps),
    blockingBuilds(services, advisory, gaps),
  ])
  const history = await rebuildHistory(ctx.db.fork(), [...attached, ...blocking])
  const originals = attached.flatMap((nvr) => originalsOf(nvr, history))
  const { images, unreadable } = await gatherImages(services, originals)
  const { bundle_include_previous_rebuilds: includePrevious } = ctx.settings.file
  const found = findReplacements({ attached, blocking, history, images }, includePrevious)
  return {
    replacements: new Map([...found, ...overrides]),
    named: new Set(overrides.map(([original]) => original)),
    gaps: [...gaps, ...unreadable],
  }
}

async function attachedBuilds(
  { errata }: BundleServices,
  id: number,
  name: string,
  gaps: Consideration[],
): Promise<string[]> {
  return readable(await errata.attachedBuilds(id), listingOf(name), gaps)
}

function listingOf(advisory: string): Listing {
  return { missing: 'bundles', of: advisory, list: 'attached builds' }
}

async function blockingBuilds(
  services: BundleServices,
  { id, name }: { id: number; name: string },
  gaps: Consideration[],
): Promise<string[]> {
  const listing = { missing: 'bundles', of: name, list: 'blocking advisories' } as const
  const advisories = readable(await services.errata.blockingAdvisories(id), listing, gaps)
  const builds = advisories.map(async (blocking) =>
    readable(await buildsOf(services, blocking), listingOf(`advisory ${blocking}`), gaps),
  )
  return (await Promise.all(builds)).flat()
}

/** The builds of a blocking advisory; a failure leaves a gap, since the builds of the advisory itself are still known. */
async function buildsOf({ errata }: BundleServices, blocking: number): Promise<Records<string>> {
  try {
    return await errata.attachedBuilds(blocking)
  } catch (error) {
    if (!isOfThing(error)) throw error
    return unreadableList(error)
  }
}

const nvr = z.string().refine((text) => tryParseNvr(text) !== null, 'is not an NVR')
const overridesSchema = z.record(nvr, nvr).nullish()

function overridesOf(event: DiscoveryEvent): [original: string, replacement: string][] {
  const overrides = requesterMetadata(event).bundle_related_image_overrides
  const read = overridesSchema.safeParse(overrides)
  if (read.success) return Object.entries(read.data ?? {})
  const [issue] = read.error.issues
  const where = ['bundle_related_image_overrides', ...(issue?.path ?? [])].join('.')
  throw new Permanent(`${where}: must map NVRs to NVRs: ${issue?.message ?? ''}`)
}
