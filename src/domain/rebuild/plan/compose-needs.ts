/** Determines which composes a build needs before it can be submitted (behaviour/freshmaker 7.9 step 6, 8.4). */
import type { InstalledRpm } from '../images/image.ts'
import type { PlanNode } from './graph.ts'

/** A compose to request from ODCS; lists are sorted, so that equal needs have equal keys. */
export type ComposeNeed = {
  type: 'tag' | 'pulp' | 'build' | 'module'
  source: string
  packages: string[]
  builds: string[]
  flags: string[]
  sigkeys: string[]
  arches: string[]
}

/** What the needs are derived from; gathered together with the findings. */
export type ComposeFacts = {
  /** Sources of the composes that the original images were built with, by ODCS id. */
  sourcesById: Readonly<Record<string, readonly string[]>>
  /** Complete RPM lists of images that are not published, by NVR. */
  manifests: Readonly<Record<string, readonly InstalledRpm[]>>
  /** Composes with the RPMs of advisories that are not shipped yet: every build needs them. */
  advisoryComposes: readonly ComposeNeed[]
  /** Why these composes are not possible: then no build of the event is possible. */
  advisoryError: string | null
}

/** Settings that shape the needs. */
export type ComposeRules = { excludeContentSets: RegExp; sigkeys: string[] }

/** The facts when no compose service is configured: no compose is needed. */
export const NO_COMPOSE_FACTS: ComposeFacts = {
  sourcesById: {},
  manifests: {},
  advisoryComposes: [],
  advisoryError: null,
}

/** Needs with equal keys share one compose within an event. */
export function composeKey(need: ComposeNeed): string {
  return JSON.stringify([need.type, need.source, need.packages, need.builds, need.arches])
}

/** The distinct composes a build needs; none for most published images. `facts`: null where its kind needs only modules. */
export function composeNeeds(node: PlanNode, facts: ComposeFacts | null, rules: ComposeRules): ComposeNeed[] {
  const needs = [...modulesOf(node), ...(facts ? contentOf(node, facts, rules) : [])]
  return [...new Map(needs.map((need) => [composeKey(need), need])).values()]
}

function modulesOf({ image, modules = [] }: PlanNode): ComposeNeed[] {
  return modules.length > 0 ? [moduleCompose(modules, image.arches)] : []
}

function contentOf(node: PlanNode, facts: ComposeFacts, rules: ComposeRules): ComposeNeed[] {
  return [
    ...missingContentSets(node, facts, rules),
    ...unpublishedRpms(node, facts, rules),
    ...facts.advisoryComposes,
  ]
}

/** A compose of the image's content sets that none of its original composes includes. */
function missingContentSets(
  { image, source }: PlanNode,
  facts: ComposeFacts,
  rules: ComposeRules,
): ComposeNeed[] {
  const present = new Set((source?.odcsComposeIds ?? []).flatMap((id) => facts.sourcesById[id] ?? []))
  const missing = image.contentSets
    .filter((contentSet) => !present.has(contentSet) && !rules.excludeContentSets.test(contentSet))
    .toSorted()
  if (missing.length === 0) return []
  return [{ ...NOTHING, type: 'pulp', source: missing.join(' '), flags: ['use_only_compatible_arch'] }]
}

/** A compose of the image's own RPMs: those of an unpublished image may not be in any content set. */
function unpublishedRpms(
  { image, published }: PlanNode,
  facts: ComposeFacts,
  rules: ComposeRules,
): ComposeNeed[] {
  const rpms = facts.manifests[image.nvr] ?? []
  const builds = unique(rpms.map((rpm) => rpm.srpmNvr))
  const packages = unique(rpms.map((rpm) => rpm.name))
  if (published !== false || builds.length === 0 || packages.length === 0) return []
  const arches = image.arches.toSorted()
  return [{ type: 'build', source: '', packages, builds, flags: ['no_deps'], sigkeys: rules.sigkeys, arches }]
}

/** The compose with the RPMs of an advisory that are not in any content set yet. */
export function advisoryCompose(tag: string, packages: readonly string[], sigkeys: string[]): ComposeNeed {
  return { ...NOTHING, type: 'tag', source: tag, packages: unique(packages), flags: ['no_deps'], sigkeys }
}

/** The compose of the modules (`name:stream:version:context`) that a flatpak is built from. */
export function moduleCompose(modules: readonly string[], arches: readonly string[]): ComposeNeed {
  return { ...NOTHING, type: 'module', source: unique(modules).join(' '), arches: unique(arches) }
}

const NOTHING = { packages: [], builds: [], flags: [], sigkeys: [], arches: [] }

function unique(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))].toSorted()
}
