/** Where images were built from; each is queried from the build system once per event (behaviour/freshmaker 7.4 step 1). */
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import type { DiscoveryContext, Services } from './search.ts'

/** The source of a build, or the text that says why it is unknown. */
export type Source = BuildSource | { error: string }

/** Returns the sources by NVR; only NVRs that were not queried before cause requests. */
export type KnownSources = (nvrs: readonly string[]) => Promise<ReadonlyMap<string, Source>>

/** Starts with an empty cache, because the build system's answers may change between events. */
export function knownSources(ctx: DiscoveryContext, { koji }: Services): KnownSources {
  const { image_extra_repo: imageExtraRepo, supply_arch_overrides: supplyArchOverrides } = ctx.settings.file
  const known = new Map<string, Source>()
  return async (nvrs) => {
    const unknown = nvrs.filter((nvr) => !known.has(nvr))
    const fetched = await koji.buildSources(unknown, { imageExtraRepo, supplyArchOverrides })
    for (const [nvr, source] of fetched) known.set(nvr, source)
    return known
  }
}

/** The parent that the build system names; null for a base image, a multi-stage image, or an unknown build. */
export function kojiParentOf(source: Source | undefined): BuildSource['parent'] {
  return !source || 'error' in source ? null : source.parent
}
