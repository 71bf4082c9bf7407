/** Turns impacted bundles into nodes of the plan: sources, new name and version (behaviour/freshmaker 6.7 steps 10 and 11). */

import type { Context } from '../../context.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import { manifestDigests } from '../../domain/rebuild/discover/bundles/catalogue.ts'
import { type Csv, csvUpdate, isSemver } from '../../domain/rebuild/discover/bundles/csv.ts'
import type { Image } from '../../domain/rebuild/images/image.ts'
import { parseNvr } from '../../domain/rebuild/images/nvr.ts'
import { nodeOf, type PlanNode } from '../../domain/rebuild/plan/graph.ts'
import type { CsvUpdate } from '../../domain/rebuild/submit/pullspec-overrides.ts'
import type { DiscoveryEvent } from '../handler.ts'
import { sourceOf, sourceOptions } from '../images/sources.ts'
import { requesterMetadata } from '../request.ts'
import type { BundleServices, ImpactedBundle } from './services.ts'

type Impact = { event: DiscoveryEvent; advisory: string; bundles: readonly ImpactedBundle[] }

/** Reads only. A bundle without the data of its CSV is considered and left out. */
export async function planBundles(
  ctx: Pick<Context, 'settings' | 'now'>,
  services: BundleServices,
  { event, advisory, bundles }: Impact,
): Promise<{ nodes: PlanNode[]; considered: Consideration[] }> {
  const substitutes = requesterMetadata(event).olm_substitutes ?? true
  const unixSeconds = Math.floor(ctx.now().getTime() / 1000)
  const [updates, sources] = await Promise.all([
    gatherUpdates(services, bundles, unixSeconds, substitutes),
    services.koji.buildSources(
      bundles.map(({ image }) => image.nvr),
      sourceOptions(ctx),
    ),
  ])
  const nodes: PlanNode[] = []
  const considered: Consideration[] = []
  for (const bundle of bundles) {
    const { nvr } = bundle.image
    const update = updates.get(nvr) ?? { fault: 'its CSV is not known' }
    if ('fault' in update) {
      considered.push({ nvr, outcome: 'not-rebuilt', rule: 'csv-data', reason: update.fault })
      continue
    }
    const source = sourceOf(sources, nvr)
    const known =
      'error' in source ? { error: source.error } : { source: { ...source, odcsComposeIds: null } }
    const cause = {
      advisory,
      rpms: [],
      offer: null,
      requested: bundle.requested,
      replaced: bundle.replaced.map(({ original, rebuilt }) => ({ original, rebuilt })),
    }
    nodes.push(
      nodeOf(imageOf(bundle), cause, {
        directlyAffected: true,
        pullspecOverrides: { replacements: bundle.pullspecs, update },
        ...known,
      }),
    )
  }
  return { nodes, considered }
}

/** The change of each bundle's CSV by NVR: by the index images, else by the manifests in Koji. */
async function gatherUpdates(
  services: BundleServices,
  bundles: readonly ImpactedBundle[],
  unixSeconds: number,
  substitutes: boolean,
): Promise<Map<string, CsvUpdate | { fault: string }>> {
  const digests = bundles.flatMap(({ image }) => manifestDigests(image))
  const listed = await services.pyxisRest.bundlesByDigest(digests)
  const csvOf = new Map(
    listed.flatMap(({ digest, csvName: name, version }) =>
      name && isSemver(version) ? [[digest, { name, version }] as const] : [],
    ),
  )
  const updates = await Promise.all(
    bundles.map(async ({ image }) => {
      const [inCatalogue] = manifestDigests(image).flatMap((digest) => csvOf.get(digest) ?? [])
      const csv = await completeCsv(services, image.nvr, inCatalogue, substitutes)
      const update = 'fault' in csv ? csv : csvUpdate(csv, unixSeconds, csv.substitutesFor)
      return [image.nvr, update] as const
    }),
  )
  return new Map(updates)
}

/**
 * Name, version and the annotation `olm.substitutesFor` of the rebuilt bundle: the name of the original, or, when the
 * requester does not want that, the annotation it has now, which only its manifests show.
 */
async function completeCsv(
  { koji }: BundleServices,
  nvr: string,
  inCatalogue: Csv | undefined,
  substitutes: boolean,
): Promise<(Csv & { substitutesFor: string | null }) | { fault: string }> {
  if (inCatalogue && substitutes) return { ...inCatalogue, substitutesFor: inCatalogue.name }
  const inKoji = await koji.bundleCsv(nvr)
  if ('fault' in inKoji) return inKoji
  const name = inCatalogue?.name ?? inKoji.name
  const version = inCatalogue?.version ?? inKoji.version
  if (name === null || version === null)
    return { fault: `its CSV has no ${name === null ? 'metadata.name' : 'spec.version'}` }
  if (!isSemver(version)) return { fault: `the version '${version}' in its CSV is not a semantic version` }
  return { name, version, substitutesFor: substitutes ? name : inKoji.substitutesFor }
}

/** A bundle holds manifests alone: no packages, and nothing it is built on. */
function imageOf({ image: { nvr, labels, places } }: ImpactedBundle): Image {
  const { name, version, release } = parseNvr(nvr)
  return {
    nvr,
    name,
    version,
    release,
    arches: [],
    contentSets: [],
    parentBrewBuild: null,
    labels,
    repositories: places.map(({ registry, repository, published, tags }) => ({
      registry,
      repository,
      published,
      tags: [...tags],
    })),
    rpms: null,
  }
}
