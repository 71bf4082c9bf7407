/** The build machines: take free tasks as far as there is room, work for a while, end well or in a fault. */
import type { World } from '../../world.ts'
import { assembleRpms, availableUpdates, rebuiltImage } from './assemble.ts'
import { type ContainerRequest, readContainerRequest } from './container-request.ts'
import { announceTask } from './messages.ts'
import { FAULTS, HubFault } from './method.ts'
import { sourceUrl } from './past.ts'
import { type KojiTask, LAB_USER, type ScriptedFailure } from './records.ts'
import { addBuild, buildByNvr, nextId, takeFreeTask } from './state.ts'
import { pullAddress } from './structs.ts'

/** How many machines there are and how fast they work. */
export type BuilderOptions = {
  /** Tasks at work at one time. */
  parallelism: number
  /** How long a build takes, by image name; a refused task ends after the same time. */
  durationMs: (name: string) => number
}

/** Stopping leaves open tasks open for ever, as machines that lost power would. */
export type Builder = { stop: () => void }

/** Starts the machines on a world; they look for work whenever a task is created or ends. */
export function startBuilder(world: World, options: BuilderOptions): Builder {
  const atWork = new Map<number, NodeJS.Timeout>()
  let stopped = false

  function wake(): void {
    if (stopped) return
    freeCanceled()
    while (atWork.size < options.parallelism) {
      const task = takeFreeTask(world.koji)
      if (!task) return
      begin(task)
    }
  }

  /** A cancelled task makes room at once. */
  function freeCanceled(): void {
    for (const [id, timer] of atWork)
      if (world.koji.tasks.get(id)?.state !== 'OPEN') {
        clearTimeout(timer)
        atWork.delete(id)
      }
  }

  function begin(task: KojiTask): void {
    change(world, task, 'ASSIGNED')
    task.startedAt = world.now()
    change(world, task, 'OPEN')
    const timer = setTimeout(
      () => {
        atWork.delete(task.id)
        if (task.state === 'OPEN' && world.koji.tasks.get(task.id) === task) end(world, task)
        wake()
      },
      options.durationMs(imageName(world, task)),
    )
    atWork.set(task.id, timer)
  }

  world.koji.wakeBuilder = wake
  wake()
  return {
    stop: () => {
      stopped = true
      for (const timer of atWork.values()) clearTimeout(timer)
      atWork.clear()
    },
  }
}

function change(world: World, task: KojiTask, state: KojiTask['state']): void {
  const old = task.state
  task.state = state
  announceTask(world, task, old)
}

function end(world: World, task: KojiTask): void {
  task.completedAt = world.now()
  try {
    task.result = carryOut(world, task)
    change(world, task, 'CLOSED')
  } catch (thrown) {
    if (!(thrown instanceof HubFault)) throw thrown
    task.fault = { code: thrown.code, text: thrown.message }
    change(world, task, 'FAILED')
  }
}

/** The work itself; throws the fault the task is to end in. */
function carryOut(world: World, task: KojiTask): NonNullable<KojiTask['result']> {
  const { koji } = world
  const request = readContainerRequest(koji, task.request)
  failIfTold(koji.failures.get(request.dockerfile.name))
  const pullspec = `${pullAddress(request.dockerfile.name)}:${request.dockerfile.version}-${request.release}`
  if (request.scratch) return { repositories: [pullspec], koji_builds: [] }
  const buildId = importBuild(world, task, request)
  return { repositories: [pullspec], koji_builds: [String(buildId)] }
}

function failIfTold(failure: ScriptedFailure | undefined): void {
  if (!failure || failure.times <= 0) return
  failure.times -= 1
  throw new HubFault(failure.code, failure.text)
}

function importBuild(world: World, task: KojiTask, request: ContainerRequest): number {
  const { koji, odcs } = world
  const { dockerfile } = request
  const composes = request.composeIds.map((id) => odcs.composes.get(id))
  const lost = request.composeIds.filter((_id, index) => composes[index] === undefined)
  if (lost.length > 0)
    throw new HubFault(
      FAULTS.container,
      `Image build failed. ODCS compose ${lost[0]} does not exist. OSBS build id: ${task.id}`,
    )
  const parent = (nvr: string | null) => (nvr === null ? undefined : buildByNvr(koji, nvr)?.image)
  const updates = availableUpdates(
    world.advisories.values(),
    composes.filter((one) => one !== undefined),
  )
  const rpms = assembleRpms(dockerfile, parent(dockerfile.from), parent(request.parentNvr), updates)
  const image = rebuiltImage(request, rpms)
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

/** The name durations go by; what cannot be read has the name of nothing. */
function imageName(world: World, task: KojiTask): string {
  const source = String(task.request[0])
  const repository = /^[a-z+]+:\/\/[^/]+\/([^#?]+)/.exec(source)?.[1] ?? ''
  return world.koji.imagesBySource.get(repository)?.name ?? ''
}
