/** What whoever triggered an event by hand has asked for (spec/freshmaker 3.4, 6.3). */
import { z } from 'zod'
import type { DiscoveryEvent } from './handler.ts'

const metadataSchema = z.object({ skip_rebuilt: z.boolean().optional() })

/** `requested`: NVRs, none for all affected images. `skipsRebuilt`: what the advisory's earlier events built stays. */
export function requestOf({ requestedRebuilds, requesterMetadata }: DiscoveryEvent): {
  requested: string[]
  skipsRebuilt: boolean
} {
  const words = (requestedRebuilds ?? '').split(/\s+/).filter((word) => word !== '')
  return {
    requested: [...new Set(words)],
    skipsRebuilt: metadataOf(requesterMetadata).skip_rebuilt ?? true,
  }
}

/** The metadata is free text of the requester; what does not say `skip_rebuilt` says nothing here. */
function metadataOf(text: string | null | undefined): z.infer<typeof metadataSchema> {
  try {
    return metadataSchema.catch({}).parse(JSON.parse(text ?? '{}'))
  } catch {
    return {}
  }
}
