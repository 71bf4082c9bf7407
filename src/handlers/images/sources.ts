/** Reads where images were built from; each is queried from the build system once per event (behaviour/freshmaker 7.4 step 1). */

import type { SourceOptions } from '../../clients/koji/build-source.ts'
import type { Context } from '../../context.ts'
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import { imageText } from '../../domain/rebuild/texts.ts'
import type { DiscoveryContext, Services } from './search.ts'

/** The settings that decide how the build system's records of a build are read. */
export function sourceOptions({ settings: { file } }: Pick<Context, 'settings'>): SourceOptions {
  return { imageExtraRepo: file.image_extra_repo, supplyArchOverrides: file.supply_arch_overrides }
}

/** The source of a build, or the reason why it is unknown. */
export type ImageSource = BuildSource | { error: string }

/** Returns the sources by NVR; only NVRs that were not queried before cause requests. */
export type KnownSources = (nvrs: readonly string[]) => Promise<ReadonlyMap<string, ImageSource>>

/** Starts with an empty cache, because the build system's answers may change between events. */
export function knownSources(ctx: DiscoveryContext, { koji }: Services): KnownSources {
  const known = new Map<string, ImageSource>()
  return async (nvrs) => {
    const unknown = nvrs.filter((nvr) => !known.has(nvr))
    const fetched = await koji.buildSources(unknown, sourceOptions(ctx))
    for (const [nvr, source] of fetched) known.set(nvr, source)
    return known
  }
}

/** The source of one of the queried builds; a build that is missing from the answer has the reason instead. */
export function sourceOf(sources: ReadonlyMap<string, ImageSource>, nvr: string): ImageSource {
  return sources.get(nvr) ?? { error: imageText.notResolved('the build system did not answer') }
}

/** The parent that the build system names; null for a base image, a multi-stage image, or an unknown build. */
export function kojiParentOf(source: ImageSource | undefined): BuildSource['parent'] {
  return !source || 'error' in source ? null : source.parent
}
