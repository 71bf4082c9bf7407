/** The hub's methods on tasks: creating container builds, querying and canceling tasks (behaviour/koji 4). */
import {
  encodeCall,
  XmlRpcFault,
  type XmlRpcInput,
  type XmlRpcValue,
} from '../../../../src/lib/xmlrpc/index.ts'
import { CHANNELS, taskStruct } from '../answers.ts'
import { announceTask } from '../messages.ts'
import type { KojiTask } from '../records.ts'
import { addTask, nextId } from '../state.ts'
import { type Args, type Call, FAULTS, HubFault, isStruct, type Method, selectPage } from './method.ts'

/** Turns a decoded value into one to encode; missing arguments become null. */
const encodable = (value: XmlRpcValue | undefined): XmlRpcInput => value ?? null

function buildContainer(args: Args, call: Call): XmlRpcInput {
  const { world, session } = call
  if (!session) throw new HubFault(FAULTS.generic, 'task must have an owner')
  const channel = args.channel ?? 'container-binary'
  if (typeof channel !== 'string' || !(channel in CHANNELS))
    throw new HubFault(FAULTS.generic, `No such channel: ${String(channel)}`)
  const step = typeof args.priority === 'number' ? args.priority : 0
  if (step < 0) throw new HubFault(FAULTS.notAllowed, 'only admins may create high-priority tasks')
  const task: KojiTask = {
    id: nextId(world.koji, 'task'),
    method: 'buildContainer',
    state: 'FREE',
    owner: session.user.id,
    request: [encodable(args.src), encodable(args.target), encodable(args.opts)],
    priority: 20 + step,
    channel,
    createdAt: world.now(),
    startedAt: null,
    completedAt: null,
  }
  addTask(world.koji, task)
  countDuplicates(call, args)
  call.wrote()
  announceTask(world, task, null)
  world.koji.wakeBuilder()
  return task.id
}

/** A rebuild names its release, so two submissions of the same source and release are the same build twice. */
function countDuplicates({ world: { koji } }: Call, args: Args): void {
  const release = isStruct(args.opts) ? args.opts.release : undefined
  if (typeof release !== 'string') return
  const key = `${String(args.src)} ${release}`
  const before = koji.submitted.get(key) ?? 0
  if (before > 0) koji.duplicates += 1
  koji.submitted.set(key, before + 1)
}

function getTaskInfo(args: Args, { world }: Call): XmlRpcInput {
  const infoOf = (id: XmlRpcValue): XmlRpcInput => {
    const task = world.koji.tasks.get(Number(id))
    if (task) return taskStruct(task, args.request === true || args.request === 1)
    if (args.strict === true) throw new HubFault(FAULTS.generic, `No such task: ${String(id)}`)
    return null
  }
  const ids = args.task_id ?? null
  return Array.isArray(ids) ? ids.map(infoOf) : infoOf(ids)
}

function getTaskResult(args: Args, { world }: Call): XmlRpcInput {
  const task = world.koji.tasks.get(Number(args.taskId))
  if (!task) throw new HubFault(FAULTS.generic, 'No such task')
  if (task.state === 'CANCELED') throw new HubFault(FAULTS.generic, `Task ${task.id} is canceled`)
  if (task.state === 'CLOSED') return task.result ?? { repositories: [], koji_builds: [] }
  if (task.state !== 'FAILED') throw new HubFault(FAULTS.generic, `Task ${task.id} is not finished`)
  const fault = task.fault ?? { code: FAULTS.generic, text: 'unknown' }
  if (args.raise_fault !== false) throw new XmlRpcFault(fault.code, fault.text)
  return { faultCode: fault.code, faultString: fault.text }
}

function cancelTask(args: Args, { world, session, wrote }: Call): XmlRpcInput {
  const task = world.koji.tasks.get(Number(args.task_id))
  if (!task) throw new HubFault(FAULTS.generic, 'No such task')
  if (!session || session.user.id !== task.owner)
    throw new HubFault(FAULTS.notAllowed, 'Cannot cancel task, not owner')
  if (task.completedAt !== null) return null
  const old = task.state
  task.state = 'CANCELED'
  task.completedAt = world.now()
  wrote()
  announceTask(world, task, old)
  world.koji.wakeBuilder()
  return null
}

function listTasks(args: Args, { world }: Call): XmlRpcInput {
  const opts = isStruct(args.opts) ? args.opts : {}
  const query = isStruct(args.queryOpts) ? args.queryOpts : {}
  const states = Array.isArray(opts.state) ? opts.state : undefined
  const after = timeOf(opts.createdAfter)
  const structs = [...world.koji.tasks.values()]
    .filter((task) => opts.owner === undefined || opts.owner === task.owner)
    .filter((task) => opts.method === undefined || opts.method === task.method)
    .filter((task) => task.createdAt > after)
    .map((task) => listedStruct(task, opts.decode === true))
    .filter((struct) => !states || states.includes(Number(struct.state)))
  return query.countOnly === true ? structs.length : selectPage(structs, query)
}

function timeOf(value: unknown): number {
  if (typeof value === 'number') return value * 1000
  return typeof value === 'string' ? Date.parse(value) : Number.NEGATIVE_INFINITY
}

/** The hub stores a request as the XML of its call. */
function listedStruct(task: KojiTask, isDecoded: boolean): Record<string, XmlRpcInput> {
  const request = isDecoded ? task.request : encodeCall(task.method, task.request)
  return { ...taskStruct(task, false), request }
}

/** The methods by name. */
export const TASK_METHODS = {
  buildContainer: {
    params: ['src', 'target', 'opts', 'priority', 'channel'],
    required: 2,
    run: buildContainer,
  },
  getTaskInfo: { params: ['task_id', 'request', 'strict'], required: 1, run: getTaskInfo },
  getTaskRequest: {
    params: ['taskId'],
    required: 1,
    run: (args, { world }) => {
      const task = world.koji.tasks.get(Number(args.taskId))
      if (!task) throw new HubFault(FAULTS.generic, 'query returned no rows')
      return task.request
    },
  },
  getTaskResult: { params: ['taskId', 'raise_fault'], required: 1, run: getTaskResult },
  // A container build does all its work in a single task.
  getTaskChildren: { params: ['task_id', 'request', 'strict'], required: 1, run: () => [] },
  listTasks: { params: ['opts', 'queryOpts'], required: 0, run: listTasks },
  cancelTask: { params: ['task_id', 'recurse'], required: 1, run: cancelTask },
} as const satisfies Record<string, Method>
