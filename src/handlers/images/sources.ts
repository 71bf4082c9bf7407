/** Where images were built from, each asked of the build system once for an event (behaviour/freshmaker 7.4 step 1). */
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import type { DiscoveryContext, Services } from './search.ts'

/** The source of one build, or the text why it is not known. */
export type Source = BuildSource | { error: string }

/** Answers for these NVRs; only those not asked before cost requests. */
export type KnownSources = (nvrs: readonly string[]) => Promise<ReadonlyMap<string, Source>>

/** Starts with nothing known: what the build system says may change from event to event. */
export function knownSources(ctx: DiscoveryContext, { koji }: Services): KnownSources {
  const { image_extra_repo: imageExtraRepo, supply_arch_overrides: supplyArchOverrides } = ctx.settings.file
  const known = new Map<string, Source>()
  return async (nvrs) => {
    const unknown = nvrs.filter((nvr) => !known.has(nvr))
    const asked = await koji.buildSources(unknown, { imageExtraRepo, supplyArchOverrides })
    for (const [nvr, source] of asked) known.set(nvr, source)
    return known
  }
}

/** Null: a base image, one of several stages, or a build of which nothing is known. */
export function kojiParentOf(source: Source | undefined): string | null {
  if (!source || 'error' in source || source.parentBuildId === null) return null
  return source.parentNvrById.get(source.parentBuildId) ?? null
}
