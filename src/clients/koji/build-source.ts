/** Finds out where an image was built from, by the hub's record of its build (behaviour/freshmaker 7.4 step 1). */
import type { BuildSource } from '../../domain/rebuild/images/image.ts'
import type { BatchResult } from '../../lib/async/batch.ts'
import { unreadableText } from '../../lib/records.ts'
import { KojiFault } from './hub/fault.ts'
import type { KojiBuild } from './schemas/builds.ts'
import type { ImageArchives } from './schemas/contents.ts'
import type { TaskRequest } from './schemas/tasks.ts'
import { parseSource } from './source-url.ts'

/** What the judgement depends on apart from the hub. */
export type SourceOptions = {
  /** Base images are made without a Dockerfile's FROM; those rebuilt have a repository here, by `name-version`. */
  imageExtraRepo: Record<string, string>
  supplyArchOverrides: boolean
}

/** Why the source is unknown; the text is stored with the image. */
export type NoSource = { error: string }

/** A build that can have a source. */
export type Candidate = { nvr: string; build: KojiBuild; taskId: number }

/** Whether the build has a task that may know its source. */
export function judgeBuild(
  nvr: string,
  found: BatchResult<KojiBuild | null>,
  options: SourceOptions,
): Candidate | NoSource {
  if (!found.ok) return lookupError(nvr, reasonOf(found.error))
  const build = found.value
  if (!build) return lookupError(nvr, `Cannot find Koji build with nvr ${nvr} in Koji`)
  if (build.state !== 'COMPLETE') return lookupError(nvr, `the build is ${build.state}, not COMPLETE`)
  const { taskId } = build
  if (taskId === null) {
    return lookupError(
      nvr,
      `Cannot find task_id or container_koji_task_id in the Koji build ${describe(build)}`,
    )
  }
  const nameVersion = `${build.name}-${build.version}`
  if (build.filesystemTaskId !== null && !Object.hasOwn(options.imageExtraRepo, nameVersion)) {
    return {
      error: `${nameVersion} is a base image, but extra image repo for it is not specified in the Freshmaker configuration.`,
    }
  }
  return { nvr, build, taskId }
}

/** What was read about a candidate. `archives`: only when architectures are to be supplied; `parent`: only when it has no name yet. */
export type CandidateDetails = {
  request: BatchResult<TaskRequest>
  archives?: BatchResult<ImageArchives> | undefined
  parent?: BatchResult<KojiBuild | null> | undefined
}

/** The source, once the request of the task is known. */
export function judgeSource(
  { nvr, build, taskId }: Candidate,
  { request, archives, parent }: CandidateDetails,
): BuildSource | NoSource {
  if (!request.ok) return lookupError(nvr, reasonOf(request.error))
  if (archives && !archives.ok) return lookupError(nvr, reasonOf(archives.error))
  if (archives && archives.value.unreadable.length > 0)
    return lookupError(nvr, `its archives cannot be read: ${unreadableText(archives.value.unreadable)}`)
  const { source: taskSource, target, branch } = request.value
  const source = parseSource(build.source) ?? parseSource(taskSource)
  if (!source) return lookupError(nvr, `Cannot find valid source of Koji build ${describe(build)}`)
  if (target === null) return lookupError(nvr, `Task ${taskId} has no target`)
  return {
    kojiBuildId: build.id,
    ...source,
    target,
    branch,
    arches: archives ? joinArches(archives.value) : null,
    odcsComposeIds: build.composeIds,
    parent: judgeParent(build, parent),
    filesystemTaskId: build.filesystemTaskId,
    flatpak: build.flatpak,
  }
}

/** A parent known only by its id gets its name from its own build; one without a name is an error, never 'no parent'. */
function judgeParent(
  { nvr, parent }: KojiBuild,
  found: BatchResult<KojiBuild | null> | undefined,
): BuildSource['parent'] {
  if (parent === null) return null
  if (parent.nvr !== null) return { nvr: parent.nvr }
  if (parent.id === null) return lookupError(nvr, 'its parent_build_id cannot be read')
  if (found?.ok && found.value) return { nvr: found.value.nvr }
  const reason = found && !found.ok ? reasonOf(found.error) : 'Koji does not know it'
  return lookupError(nvr, `its parent is build ${parent.id}, whose name is not known: ${reason}`)
}

function lookupError(nvr: string, reason: string): NoSource {
  return { error: `Cannot get data from Koji for build ${nvr}: ${reason}.` }
}

function reasonOf(error: Error): string {
  return error instanceof KojiFault ? error.text : error.message
}

function describe({ id, nvr, source }: KojiBuild): string {
  return JSON.stringify({ id, nvr, source })
}

function joinArches({ read: archives }: ImageArchives): string {
  return [...new Set(archives.flatMap(({ arch }) => arch ?? []))].sort().join(' ')
}
