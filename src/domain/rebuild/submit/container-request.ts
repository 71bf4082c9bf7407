/** Makes the request to the build system for one attempt of a build, and checks what a bundle must declare (behaviour/freshmaker 8.2, 8.3). */
import { z } from 'zod'
import { parseNvr, tryParseNvr } from '../images/nvr.ts'
import { buildText } from '../texts.ts'

/** Source, target and options of a `buildContainer` call; options that are not set are left out. */
export type ContainerRequest = {
  source: string
  target: string
  opts: {
    scratch: boolean
    git_branch: string
    release: string
    yum_repourls?: string[]
    compose_ids?: number[]
    flatpak?: true
    isolated?: true
    koji_parent_build?: string
    arch_override?: string
    operator_csv_modifications_url?: string
  }
}

type Build = {
  originalNvr: string | null
  rebuiltNvr: string
  parentRebuiltNvr: string | null
  /** JSON text (behaviour/freshmaker 7.9). */
  buildArgs: string | null
  composeIds: number[]
}
type Options = {
  env: { GIT_BASE_URL: string }
  file: { koji_container_scratch_build: boolean; image_extra_repo: Record<string, string> }
}

const argsSchema = z.object({
  repository: z.string().min(1),
  commit: z.string().min(1),
  target: z.string().min(1),
  branch: z.string().min(1),
  original_parent: z.string().nullish(),
  arches: z.string().nullish(),
  renewed_odcs_compose_ids: z.array(z.number().int()).nullish(),
  flatpak: z.boolean().nullish(),
  isolated: z.boolean().nullish(),
  operator_csv_modifications_url: z.string().nullish(),
})

/** The request for the current attempt of a build, or the reason why none is possible. */
export function containerRequest(build: Build, { env, file }: Options): ContainerRequest | string {
  if (!build.buildArgs) return buildText.withoutBuildArgs
  const original = build.originalNvr ? tryParseNvr(build.originalNvr) : null
  if (!original) return buildText.withoutOriginalNvr
  const parsed = argsSchema.safeParse(JSON.parse(build.buildArgs))
  if (!parsed.success) return buildText.handlingFailed(z.prettifyError(parsed.error))
  const args = parsed.data
  // Koji rejects a build that is both scratch and isolated (behaviour/koji 5).
  const scratch = file.koji_container_scratch_build
  const isolated = !scratch && (args.isolated ?? true)
  const extraRepo = file.image_extra_repo[`${original.name}-${original.version}`]
  const composes = [...build.composeIds, ...(args.renewed_odcs_compose_ids ?? [])]
  const parent = build.parentRebuiltNvr ?? args.original_parent
  return {
    source: `${env.GIT_BASE_URL}/${args.repository}#${args.commit}`,
    target: args.target,
    opts: {
      scratch,
      git_branch: args.branch,
      release: parseNvr(build.rebuiltNvr).release,
      ...(extraRepo ? { yum_repourls: [extraRepo] } : {}),
      ...(composes.length > 0 ? { compose_ids: composes } : {}),
      ...(args.flatpak ? { flatpak: true } : {}),
      ...(isolated ? { isolated: true } : {}),
      ...(parent ? { koji_parent_build: parent } : {}),
      ...(args.arches && (isolated || scratch) ? { arch_override: args.arches } : {}),
      ...(args.operator_csv_modifications_url
        ? { operator_csv_modifications_url: args.operator_csv_modifications_url }
        : {}),
    },
  }
}

/** Label of the original image with the range of OpenShift versions that a bundle supports (case A23). */
export const OPENSHIFT_VERSIONS_LABEL = 'com.redhat.openshift.versions'

/** The only lists that were ever valid: anything else is a single version, a minimum, or a range with a dash. */
const VALID_LISTS: ReadonlySet<string> = new Set(['v4.5,v4.6', 'v4.6,v4.5'])

/** Whether the build system accepts the label's text as a version range. */
export function isValidVersionRange(text: string): boolean {
  return !text.includes(',') || VALID_LISTS.has(text.replaceAll(' ', ''))
}
