/** The arguments a build is submitted with, stored in its row; the JSON names are part of the API (behaviour/freshmaker 7.9). */
import { z } from 'zod'
import type { BuildSource } from '../images/image.ts'

/** Repository, commit, target and branch are null only in a build that FAILED before its image could be resolved. */
export type BuildArgs = {
  repository: string | null
  commit: string | null
  target: string | null
  branch: string | null
  /** NVR of the parent to build on when the parent is not rebuilt too. */
  originalParent: string | null
  /** Architectures joined by spaces. */
  arches: string | null
  /** The composes the original image was built with. */
  renewedOdcsComposeIds: readonly number[] | null
  flatpak: boolean
  isolated: boolean
  retryCount: number
  /** Bundles only. */
  operatorCsvModificationsUrl: string | null
}

const json = z.object({
  repository: z.string().nullish(),
  commit: z.string().nullish(),
  target: z.string().nullish(),
  branch: z.string().nullish(),
  original_parent: z.string().nullish(),
  arches: z.string().nullish(),
  renewed_odcs_compose_ids: z.array(z.number().int()).nullish(),
  flatpak: z.boolean().nullish(),
  isolated: z.boolean().nullish(),
  retry_count: z.number().int().nullish(),
  operator_csv_modifications_url: z.string().nullish(),
})

/** The stored and published form; `retry_count` and the bundle URL appear only when they are set. */
export type BuildArgsJson = z.infer<typeof json>

/** Arguments of the first try. */
export function initialBuildArgs(source: BuildSource | null, originalParent: string | null): BuildArgs {
  return {
    repository: source?.repository ?? null,
    commit: source?.commit ?? null,
    target: source?.target ?? null,
    branch: source?.branch ?? null,
    originalParent,
    arches: source?.arches ?? null,
    renewedOdcsComposeIds: source?.odcsComposeIds ?? null,
    flatpak: source?.flatpak ?? false,
    isolated: true,
    retryCount: 0,
    operatorCsvModificationsUrl: null,
  }
}

/** Converts arguments to the stored form. */
export function toBuildArgsJson(args: BuildArgs): BuildArgsJson {
  return {
    repository: args.repository,
    commit: args.commit,
    original_parent: args.originalParent,
    target: args.target,
    branch: args.branch,
    arches: args.arches,
    renewed_odcs_compose_ids: args.renewedOdcsComposeIds && [...args.renewedOdcsComposeIds],
    flatpak: args.flatpak,
    isolated: args.isolated,
    ...(args.retryCount > 0 && { retry_count: args.retryCount }),
    ...(args.operatorCsvModificationsUrl && {
      operator_csv_modifications_url: args.operatorCsvModificationsUrl,
    }),
  }
}

/** Reads the stored form; missing keys take their defaults. Throws a ZodError on a wrong type. */
export function fromBuildArgsJson(stored: unknown): BuildArgs {
  const args = json.parse(stored)
  return {
    repository: args.repository ?? null,
    commit: args.commit ?? null,
    target: args.target ?? null,
    branch: args.branch ?? null,
    originalParent: args.original_parent ?? null,
    arches: args.arches ?? null,
    renewedOdcsComposeIds: args.renewed_odcs_compose_ids ?? null,
    flatpak: args.flatpak ?? false,
    isolated: args.isolated ?? true,
    retryCount: args.retry_count ?? 0,
    operatorCsvModificationsUrl: args.operator_csv_modifications_url ?? null,
  }
}
