/** Reads the request of a buildContainer task, with the refusals of the build plugin (behaviour/koji 5). */
import { z } from 'zod'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import type { LabImage } from '../../../catalogue/entry.ts'
import { FAULTS, HubFault } from '../methods/method.ts'
import { buildByNvr, type KojiState } from '../state.ts'

const optionsSchema = z.strictObject({
  git_branch: z.string(),
  scratch: z.boolean().default(false),
  isolated: z.boolean().default(false),
  release: z.string().nullish(),
  koji_parent_build: z.string().nullish(),
  yum_repourls: z.array(z.string()).nullish(),
  compose_ids: z.array(z.int()).nullish(),
  signing_intent: z.string().nullish(),
  arch_override: z.string().nullish(),
  flatpak: z.boolean().optional(),
  operator_csv_modifications_url: z.string().nullish(),
  dependency_replacements: z.array(z.string()).nullish(),
  userdata: z.record(z.string(), z.unknown()).optional(),
  skip_build: z.boolean().optional(),
})

const requestSchema = z.tuple([z.string(), z.string(), optionsSchema])

/** A valid request for a container build. */
export type ContainerRequest = {
  /** The image that the Dockerfile at the source builds. */
  dockerfile: LabImage
  nvr: string
  release: string
  parentNvr: string | null
  composeIds: readonly number[]
  branch: string
  target: string
  /** The build is not imported, so it has no NVR in Koji. */
  scratch: boolean
  isolated: boolean
  /** The URL of the changes to an operator bundle; null: none. */
  modificationsUrl: string | null
}

const refuse = (text: string) => new HubFault(FAULTS.build, text)

/** @throws HubFault with the fault that the task ends with when the request is refused */
export function readContainerRequest(koji: KojiState, request: readonly XmlRpcInput[]): ContainerRequest {
  const parsed = requestSchema.safeParse(request)
  if (!parsed.success) throw refuse(firstIssue(parsed.error))
  const [source, target, options] = parsed.data
  if (!koji.targets.has(target)) throw refuse(`Target \`${target}\` not found`)
  if (options.scratch && options.isolated) throw refuse('Build cannot be both isolated and scratch')
  if (options.arch_override && !options.isolated && !options.scratch)
    throw refuse('Cannot override arches for non-scratch or non-isolated builds')
  const dockerfile = dockerfileAt(koji, source)
  if (Boolean(options.flatpak) !== Boolean(dockerfile.flatpak))
    throw refuse(`Source ${dockerfile.flatpak ? 'is' : 'is not'} a flatpak: ${source}`)
  const release = options.release ?? `${dockerfile.release}.${koji.next.build}`
  const nvr = `${dockerfile.name}-${dockerfile.version}-${release}`
  if (!options.scratch) refuseKnown(koji, nvr)
  const parentNvr = options.koji_parent_build ?? dockerfile.from
  if (parentNvr !== null && !buildByNvr(koji, parentNvr))
    throw refuse(`Koji parent build does not exist: ${parentNvr}`)
  return {
    dockerfile,
    nvr,
    release,
    parentNvr,
    composeIds: options.compose_ids ?? dockerfile.composeIds,
    branch: options.git_branch,
    target,
    scratch: options.scratch,
    isolated: options.isolated,
    modificationsUrl: options.operator_csv_modifications_url ?? null,
  }
}

/** An NVR can be built only once: of two tasks for the same NVR, the second to finish fails. */
function refuseKnown(koji: KojiState, nvr: string): void {
  const known = buildByNvr(koji, nvr)
  if (known) throw refuse(`Build already exists (id=${known.id}, state=COMPLETE): ${nvr}`)
}

/** The image of the commit if the catalogue has it, otherwise the newest image of the repository. */
function dockerfileAt(koji: KojiState, source: string): LabImage {
  const match = /^[a-z+]+:\/\/[^/]+\/([^#?]+)\??[^#]*#(.+)$/.exec(source)
  if (!match) throw refuse(`Not a valid source URL: ${source}`)
  const [, repository = '', commit = ''] = match
  const image = koji.imagesBySource.get(`${repository}#${commit}`) ?? koji.imagesBySource.get(repository)
  if (!image)
    throw new HubFault(
      FAULTS.generic,
      `Error running GIT command "git clone -n ${source}", see checkout.log for details`,
    )
  return image
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue?.path.includes('git_branch')) return 'git_branch is required'
  return `Invalid build options: ${issue?.path.join('.')}: ${issue?.message}`
}
