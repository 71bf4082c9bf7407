/** Turns impacted flatpaks into nodes of the plan: sources, and the composes of their modules (behaviour/freshmaker 6.8 step 3). */

import type { Compose } from '../../clients/odcs/schema.ts'
import type { Context } from '../../context.ts'
import { judgeComposes, type OriginalCompose } from '../../domain/rebuild/discover/flatpaks/judge-composes.ts'
import type { Module } from '../../domain/rebuild/discover/flatpaks/module.ts'
import { type FixedIndex, olderRpms } from '../../domain/rebuild/images/affected-rpms.ts'
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import { nodeOf, type PlanNode } from '../../domain/rebuild/plan/graph.ts'
import { imageText } from '../../domain/rebuild/texts.ts'
import type { BatchResult } from '../../lib/async/batch.ts'
import { troubleOf } from '../../lib/errors.ts'
import { sourceOf, sourceOptions } from '../images/sources.ts'
import type { FlatpakServices, ImpactedFlatpak, ListedFlatpaks } from './services.ts'

/** What all flatpaks of an event share; `advisory` is its name. */
type Search = { advisory: string; fixed: FixedIndex; listed: ListedFlatpaks; isRequested: boolean }

/** Reads only. A flatpak without a readable source, or whose composes are not known, gets the reason as its error. */
export async function planFlatpaks(
  ctx: Pick<Context, 'settings'>,
  { koji, odcs }: Pick<FlatpakServices, 'koji' | 'odcs'>,
  flatpaks: readonly ImpactedFlatpak[],
  { advisory, fixed, listed, isRequested }: Search,
): Promise<PlanNode[]> {
  const sources = await koji.buildSources(
    flatpaks.map(({ image }) => image.nvr),
    sourceOptions(ctx),
  )
  const ids = [...sources.values()].flatMap((source) =>
    'error' in source ? [] : (source.odcsComposeIds ?? []),
  )
  const composes = await odcs.composes(ids)
  for (const answer of composes.values()) if (!answer.ok && troubleOf(answer.error)) throw answer.error
  return flatpaks.map(({ image, offer }) => {
    const source = sourceOf(sources, image.nvr)
    const place = offer && { registry: offer.registry, repository: offer.repository, tag: offer.tag }
    const rpms = olderRpms(fixed, image.rpms ?? [])
    return nodeOf(
      image,
      { advisory, rpms, offer: place, requested: isRequested },
      {
        parentNvr: null,
        directlyAffected: true,
        latestReleased: true,
        ...('error' in source ? source : withModules(source, listed.get(image.nvr) ?? [], composes)),
      },
    )
  })
}

/** The source with the composes that are used again, and the modules to compose. */
function withModules(
  source: BuildSource,
  modules: readonly Module[],
  composes: ReadonlyMap<number, BatchResult<Compose | null>>,
): Pick<PlanNode, 'source' | 'modules'> | { error: string } {
  if (source.odcsComposeIds === null) return { source, modules: [] }
  const originals: OriginalCompose[] = []
  const unusable: string[] = []
  for (const id of source.odcsComposeIds) {
    const answer = composes.get(id)
    if (!answer?.ok) unusable.push(answer?.error.message ?? `compose ${id} is not known`)
    else if (!answer.value) unusable.push(`ODCS does not know its compose ${id}`)
    else originals.push({ id, isOfModules: answer.value.isOfModules, sources: answer.value.sources })
  }
  if (unusable.length > 0) return { error: imageText.notResolved(unusable.join('; ')) }
  const { reused, modules: composed } = judgeComposes(modules, originals)
  return { source: { ...source, odcsComposeIds: reused }, modules: composed }
}
