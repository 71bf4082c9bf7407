/** Carries out a build task: from its request to a build in Koji. */
import type { World } from '../../../world.ts'
import { pullAddress } from '../answers.ts'
import { FAULTS, HubFault } from '../methods/method.ts'
import { sourceUrl } from '../past.ts'
import { type KojiTask, LAB_USER, type ScriptedFailure } from '../records.ts'
import { addBuild, buildByNvr, nextId } from '../state.ts'
import { assembleRpms, availableUpdates, rebuiltImage } from './assemble.ts'
import { type ContainerRequest, readContainerRequest } from './container-request.ts'
import { type Modifications, modifyBundle } from './modifications.ts'

/**
 * Carries out a task in one step; `modifications` was fetched from the request's URL.
 * @throws HubFault with the fault that the task ends with
 */
export function buildContainerImage(
  world: World,
  task: KojiTask,
  modifications: Modifications,
): NonNullable<KojiTask['result']> {
  const { koji } = world
  const request = readContainerRequest(koji, task.request)
  failOnDemand(koji.failures.get(request.dockerfile.name))
  const pullspec = `${pullAddress(request.dockerfile.name)}:${request.dockerfile.version}-${request.release}`
  if (request.scratch) return { repositories: [pullspec], koji_builds: [] }
  const buildId = importBuild(world, task, request, modifications)
  return { repositories: [pullspec], koji_builds: [String(buildId)] }
}

function failOnDemand(failure: ScriptedFailure | undefined): void {
  if (!failure || failure.times <= 0) return
  failure.times -= 1
  throw new HubFault(failure.code, failure.text)
}

function importBuild(
  world: World,
  task: KojiTask,
  request: ContainerRequest,
  modifications: Modifications,
): number {
  const { koji, odcs } = world
  const { dockerfile } = request
  const composes = request.composeIds.map((id) => odcs.composes.get(id))
  const missing = request.composeIds.filter((_id, index) => composes[index] === undefined)
  if (missing.length > 0)
    throw new HubFault(
      FAULTS.container,
      `Image build failed. ODCS compose ${missing[0]} does not exist. OSBS build id: ${task.id}`,
    )
  const parent = (nvr: string | null) => (nvr === null ? undefined : buildByNvr(koji, nvr)?.image)
  const updates = availableUpdates(
    world.advisories.values(),
    composes.filter((compose) => compose !== undefined),
  )
  const rpms = assembleRpms(dockerfile, parent(dockerfile.from), parent(request.parentNvr), updates)
  const image = rebuiltImage(request, rpms, modifyBundle(dockerfile.bundle, modifications))
  const id = nextId(koji, 'build')
  addBuild(koji, {
    id,
    nvr: image.nvr,
    name: image.name,
    version: image.version,
    release: image.release,
    epoch: null,
    taskId: task.id,
    owner: LAB_USER,
    startedAt: task.startedAt ?? task.createdAt,
    completedAt: world.now(),
    source: sourceUrl(image),
    tags: request.isolated ? [] : [image.target],
    image,
    isolated: request.isolated,
  })
  return id
}
