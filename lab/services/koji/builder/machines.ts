/** The build machines: they take free tasks while they have capacity, work for a while, and close or fail them. */
import type { World } from '../../../world.ts'
import { announceTask } from '../messages.ts'
import { HubFault } from '../methods/method.ts'
import type { KojiTask } from '../records.ts'
import { takeFreeTask } from '../state.ts'
import { buildContainerImage } from './build-image.ts'
import { fetchModifications, type Modifications, modificationsUrl } from './modifications.ts'

/** The number of machines and their speed. */
export type BuilderOptions = {
  /** The number of tasks built at the same time. */
  parallelism: number
  /** How long a build takes, by image name; a refused request fails after the same time. */
  durationMs: (name: string) => number
  /** How many builds may have started so far; no limit when left out. Call `world.koji.wakeBuilder` after raising it. */
  mayBegin?: () => number
}

/** Stopping leaves open tasks open forever, as machines without power would. */
export type Builder = { stop: () => void }

/** Starts the machines on a world; they look for free tasks whenever a task is created or ends. */
export function startBuilder(world: World, options: BuilderOptions): Builder {
  const running = new Map<number, NodeJS.Timeout>()
  let stopped = false
  let begun = 0

  function wake(): void {
    if (stopped) return
    freeCanceled()
    while (running.size < options.parallelism && begun < (options.mayBegin?.() ?? Number.POSITIVE_INFINITY)) {
      const task = takeFreeTask(world.koji)
      if (!task) return
      begin(task)
    }
  }

  /** A canceled task frees its capacity immediately. */
  function freeCanceled(): void {
    for (const [id, timer] of running)
      if (world.koji.tasks.get(id)?.state !== 'OPEN') {
        clearTimeout(timer)
        running.delete(id)
      }
  }

  function begin(task: KojiTask): void {
    begun += 1
    change(world, task, 'ASSIGNED')
    task.startedAt = world.now()
    change(world, task, 'OPEN')
    const finish = (modifications: Modifications) => {
      running.delete(task.id)
      if (task.state === 'OPEN' && world.koji.tasks.get(task.id) === task) end(world, task, modifications)
      wake()
    }
    const timer = setTimeout(
      () => {
        const url = modificationsUrl(task)
        if (url === null) finish(null)
        else void fetchModifications(url).then(finish)
      },
      options.durationMs(imageName(world, task)),
    )
    running.set(task.id, timer)
  }

  world.koji.wakeBuilder = wake
  wake()
  return {
    stop: () => {
      stopped = true
      for (const timer of running.values()) clearTimeout(timer)
      running.clear()
    },
  }
}

function change(world: World, task: KojiTask, state: KojiTask['state']): void {
  const old = task.state
  task.state = state
  announceTask(world, task, old)
}

function end(world: World, task: KojiTask, modifications: Modifications): void {
  task.completedAt = world.now()
  try {
    task.result = buildContainerImage(world, task, modifications)
    change(world, task, 'CLOSED')
  } catch (thrown) {
    if (!(thrown instanceof HubFault)) throw thrown
    task.fault = { code: thrown.code, text: thrown.message }
    change(world, task, 'FAILED')
  }
}

/** The image name that determines the duration; empty when the source cannot be read. */
function imageName(world: World, task: KojiTask): string {
  const source = String(task.request[0])
  const repository = /^[a-z+]+:\/\/[^/]+\/([^#?]+)/.exec(source)?.[1] ?? ''
  return world.koji.imagesBySource.get(repository)?.name ?? ''
}
