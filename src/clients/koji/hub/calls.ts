/** The hub methods used by this program, with parameters as the hub expects them (behaviour/koji 4). */
import type { ContainerRequest } from '../../../domain/rebuild/submit/container-request.ts'
import { kwargs, type XmlRpcInput } from '../../../lib/xmlrpc/index.ts'
import type { Call } from './transport.ts'

/** `named` are sent as keyword arguments. */
function call(method: string, positional: XmlRpcInput[] = [], named?: Record<string, XmlRpcInput>): Call {
  return { method, params: named ? [...positional, kwargs(named)] : positional }
}

/** One function per method. */
export const calls = {
  version: () => call('getKojiVersion'),
  loggedInUser: () => call('getLoggedInUser'),
  build: (nvrOrId: string | number) => call('getBuild', [nvrOrId]),
  taskInfo: (taskId: number) => call('getTaskInfo', [taskId]),
  /** A task with the parameters of the call that it was made for. */
  taskWithRequest: (taskId: number) => call('getTaskInfo', [taskId, true]),
  taskRequest: (taskId: number) => call('getTaskRequest', [taskId]),
  taskChildren: (taskId: number) => call('getTaskChildren', [taskId]),
  /** Returns the fault of a failed task as a value, so that it is not mistaken for a fault of the call. */
  taskResult: (taskId: number) => call('getTaskResult', [taskId], { raise_fault: false }),
  imageArchives: (buildId: number) => call('listArchives', [], { buildID: buildId, type: 'image' }),
  imageRpms: (archiveId: number) => call('listRPMs', [], { imageID: archiveId }),
  buildRpms: (buildId: number) => call('listRPMs', [], { buildID: buildId }),
  tags: (nvr: string) => call('listTags', [nvr]),
  tagged: (tag: string, named: Record<string, XmlRpcInput>) => call('listTagged', [tag], named),
  buildTarget: (name: string) => call('getBuildTarget', [name]),
  buildContainer: ({ source, target, opts }: ContainerRequest) =>
    call('buildContainer', [source, target, { ...opts }]),
  cancelTask: (taskId: number) => call('cancelTask', [taskId]),
  /**
   * With requests and results as they are stored: the hub would refuse the whole list because of a single one that it cannot decode.
   * The time is a text with a zone: the hub reads a number as its local time and compares it in that of its database.
   */
  containerTasks: (createdAfter: Date, owner: number | null) =>
    call('listTasks', [
      {
        method: 'buildContainer',
        createdAfter: createdAfter.toISOString(),
        ...(owner === null ? {} : { owner }),
      },
    ]),
}
