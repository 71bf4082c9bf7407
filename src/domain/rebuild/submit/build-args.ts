/** The arguments a build is submitted with, stored in its row; the JSON names are part of the API (behaviour/freshmaker 7.9). */
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

/** The stored and published form; `retry_count` and the bundle URL appear only when they are set. */
export type BuildArgsJson = {
  repository: string | null
  commit: string | null
  original_parent: string | null
  target: string | null
  branch: string | null
  arches: string | null
  renewed_odcs_compose_ids: number[] | null
  flatpak: boolean
  isolated: boolean
  retry_count?: number
  operator_csv_modifications_url?: string
}

/** Arguments of the first attempt. */
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
