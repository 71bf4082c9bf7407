/** Gathers what the choice of composes depends on: content of the original ones, full RPM lists, tags of the advisory. */

import type { KojiClient } from '../../clients/koji/client.ts'
import type { Context } from '../../context.ts'
import { chooseTag, type TaggedBuild, tagsToTry } from '../../domain/rebuild/discover/candidate-tag.ts'
import { SHIPPED } from '../../domain/rebuild/images/advisory.ts'
import type { InstalledRpm } from '../../domain/rebuild/images/image.ts'
import { parseNvr } from '../../domain/rebuild/images/nvr.ts'
import {
  advisoryCompose,
  type ComposeFacts,
  type ComposeNeed,
  NO_COMPOSE_FACTS,
} from '../../domain/rebuild/plan/compose-needs.ts'
import type { PlanNode } from '../../domain/rebuild/plan/graph.ts'
import { isOfThing, troubleOf } from '../../lib/errors.ts'

/**
 * A few bulk reads for all images of an event; `advisoryIds`: advisories that may not be shipped yet; their RPMs come
 * from the Koji tag that has them.
 */
export async function gatherComposeFacts(
  ctx: Context,
  nodes: readonly PlanNode[],
  advisoryIds: readonly number[],
): Promise<ComposeFacts> {
  if (!ctx.clients.odcs) return NO_COMPOSE_FACTS
  const [sourcesById, manifests, advisories] = await Promise.all([
    readSources(ctx, nodes),
    readManifests(ctx, nodes),
    gatherAdvisoryFacts(ctx, advisoryIds),
  ])
  return { sourcesById, manifests, ...advisories }
}

/** The same as far as it depends on the advisories alone. */
export async function gatherAdvisoryFacts(
  ctx: Context,
  advisoryIds: readonly number[],
): Promise<Pick<ComposeFacts, 'advisoryComposes' | 'advisoryError'>> {
  if (!ctx.clients.odcs) return NO_COMPOSE_FACTS
  const advisories = await Promise.all(advisoryIds.map((id) => advisoryNeed(ctx, id)))
  return {
    advisoryComposes: advisories.flatMap((advisory) => ('need' in advisory ? [advisory.need] : [])),
    advisoryError: advisories.find((advisory) => 'error' in advisory)?.error ?? null,
  }
}

/** Sources of composes by id. A compose that cannot be read counts as having none, so that its content sets are composed again. */
async function readSources(ctx: Context, nodes: readonly PlanNode[]): Promise<ComposeFacts['sourcesById']> {
  const ids = [...new Set(nodes.flatMap((node) => node.source?.odcsComposeIds ?? []))]
  const composes = await ctx.clients.odcs?.composes(ids)
  for (const answer of composes?.values() ?? []) if (!answer.ok && troubleOf(answer.error)) throw answer.error
  return Object.fromEntries(
    ids.map((id) => {
      const answer = composes?.get(id)
      return [id, (answer?.ok && answer.value?.sources) || []]
    }),
  )
}

async function readManifests(
  ctx: Context,
  nodes: readonly PlanNode[],
): Promise<Record<string, InstalledRpm[]>> {
  const nvrs = nodes.filter((node) => node.published === false).map((node) => node.image.nvr)
  const found = nvrs.length > 0 ? await ctx.clients.pyxis?.imagesByNvrs(nvrs) : undefined
  return Object.fromEntries((found?.images ?? []).map((image) => [image.nvr, image.rpms ?? []]))
}

type AdvisoryNeed = { need: ComposeNeed } | { error: string } | { shipped: true }

async function advisoryNeed(ctx: Context, advisoryId: number): Promise<AdvisoryNeed> {
  const { errata, koji } = ctx.clients
  const summary = await errata?.summary(advisoryId)
  if (!errata || !koji || !summary || summary.state === SHIPPED) return { shipped: true }
  const { sourceBuilds, all } = await errata.fixedRpms(advisoryId)
  const builds = await Promise.all(
    sourceBuilds.map(async (nvr): Promise<TaggedBuild> => {
      const tags = await tagsOf(koji, nvr)
      return { nvr, tags, latestIn: await tagsWhereLatest(ctx, nvr, tagsToTry(tags)) }
    }),
  )
  const choice = chooseTag(advisoryId, builds)
  if ('error' in choice) return choice
  const packages = [...all.map((nvr) => parseNvr(nvr).name), ...(await namesOf(koji, sourceBuilds))]
  return { need: advisoryCompose(choice.tag, packages, ctx.settings.file.odcs_sigkeys) }
}

/** The tags of a build; none if Koji does not know it. */
async function tagsOf(koji: KojiClient, nvr: string): Promise<string[]> {
  try {
    return (await koji.listTags(nvr)).map(({ name }) => name)
  } catch (error) {
    if (isOfThing(error)) return []
    throw error
  }
}

/** An image may have an RPM of these builds that the advisory does not ship, and that has to be of the same version as the others. */
async function namesOf(koji: KojiClient, nvrs: readonly string[]): Promise<ReadonlySet<string>> {
  const builds = [...(await koji.getBuilds(nvrs)).values()].filter((build) => build !== null)
  return koji.rpmNames(builds.map(({ id }) => id))
}

async function tagsWhereLatest(
  ctx: Context,
  nvr: string,
  tags: readonly string[],
): Promise<ReadonlySet<string>> {
  const { name } = parseNvr(nvr)
  const latest = await Promise.all(
    tags.map(async (tag) => {
      const tagged = await ctx.clients.koji?.listTagged(tag, { latest: true, package: name })
      const isCertain = tagged !== undefined && tagged.unreadable.length === 0
      return isCertain && tagged.read[0]?.nvr === nvr ? [tag] : []
    }),
  )
  return new Set(latest.flat())
}
