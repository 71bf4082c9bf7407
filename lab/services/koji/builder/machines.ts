/** The build machines: take free tasks as far as there is room, work for a while, end well or in a fault. */
import type { World } from '../../../world.ts'
import { announceTask } from '../messages.ts'
import { HubFault } from '../methods/method.ts'
import type { KojiTask } from '../records.ts'
import { takeFreeTask } from '../state.ts'
import { buildContainerImage } from './build-image.ts'

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
    task.result = buildContainerImage(world, task)
    change(world, task, 'CLOSED')
  } catch (thrown) {
    if (!(thrown instanceof HubFault)) throw thrown
    task.fault = { code: thrown.code, text: thrown.message }
    change(world, task, 'FAILED')
  }
}

/** The name durations go by; what cannot be read has the name of nothing. */
function imageName(world: World, task: KojiTask): string {
  const source = String(task.request[0])
  const repository = /^[a-z+]+:\/\/[^/]+\/([^#?]+)/.exec(source)?.[1] ?? ''
  return world.koji.imagesBySource.get(repository)?.name ?? ''
}
