/** Reads the request behind an event: how it was triggered, its images, and the metadata that handlers understand (behaviour/freshmaker 3.4). */
import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Trigger } from '../domain/rebuild/discover/criteria.ts'
import type { DiscoveryEvent } from './handler.ts'

const flag = z.boolean().optional().catch(undefined)
const metadataSchema = z
  .object({
    skip_rebuilt: flag,
    olm_substitutes: flag,
    bundle_related_image_overrides: z.unknown(),
  })
  .partial()

/** How the event was triggered, for the operators' rules. */
export function triggerOf(
  ctx: Pick<Context, 'settings'>,
  { manualTriggered, dryRun, asShipped = false }: DiscoveryEvent,
): Trigger {
  return {
    manual: Boolean(manualTriggered),
    dryRun: Boolean(dryRun) || ctx.settings.env.DRY_RUN,
    asShipped,
  }
}

/** The requested NVRs, each once; empty: all affected images. */
export function requestedImages({ requestedRebuilds }: Pick<DiscoveryEvent, 'requestedRebuilds'>): string[] {
  const words = (requestedRebuilds ?? '').split(/\s+/).filter((word) => word !== '')
  return [...new Set(words)]
}

/** The understood part of the metadata, which is free text: a flag that is not valid counts as not set. */
export function requesterMetadata({
  requesterMetadata: text,
}: Pick<DiscoveryEvent, 'requesterMetadata'>): z.infer<typeof metadataSchema> {
  try {
    return metadataSchema.parse(JSON.parse(text ?? '{}'))
  } catch {
    return {}
  }
}
