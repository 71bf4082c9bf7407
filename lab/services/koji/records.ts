/** The records of the hub: builds, tasks, users, sessions, tags and targets (behaviour/koji 4). */
import type { XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import type { LabImage, LabModule, Rpm } from '../../catalogue/entry.ts'

/** ASSIGNED comes between FREE and OPEN, so the numbers do not order the states. */
export const TASK_STATES = { FREE: 0, OPEN: 1, CLOSED: 2, CANCELED: 3, ASSIGNED: 4, FAILED: 5 } as const
export type TaskState = keyof typeof TASK_STATES

/** Times are milliseconds since 1970. A CLOSED task has a result, a FAILED task a fault. */
export type KojiTask = {
  id: number
  method: string
  state: TaskState
  owner: number
  request: XmlRpcInput[]
  priority: number
  channel: string
  createdAt: number
  startedAt: number | null
  completedAt: number | null
  result?: { repositories: string[]; koji_builds: string[] }
  fault?: { code: number; text: string }
}

/** An account, which logs in with its password; its principal is derived from the name. */
export type KojiUser = { id: number; name: string; password: string }

/** A login session; its key changes at every renewal. */
export type KojiSession = {
  id: number
  key: string
  user: KojiUser
  authtype: number
  /** The highest number of a call that changed something; null before the first. */
  lastCallnum: number | null
  expired: boolean
}

/** A planned failure: the next `times` builds of an image fail with this fault. */
export type ScriptedFailure = { times: number; code: number; text: string }

/** A build can be in many tags; a target names the tag to build from and the tag for the result. */
export type Tag = { id: number; name: string }
export type Target = { id: number; name: string; buildTag: Tag; destTag: Tag }

/** A complete build, of a container (`image`) or of a source package (`rpms`). */
export type KojiBuild = {
  id: number
  nvr: string
  name: string
  version: string
  release: string
  epoch: number | null
  taskId: number | null
  owner: Pick<KojiUser, 'id' | 'name'>
  startedAt: number
  completedAt: number
  source: string | null
  tags: readonly string[]
  /** Set for container builds. */
  image?: LabImage
  /** Whether it was an isolated build, which does not move floating tags. */
  isolated?: boolean
  /** Set for builds of RPMs and modules. */
  rpms?: readonly Rpm[]
  /** Set for builds of modules. */
  module?: LabModule
}

/** The owner of the RPM builds. */
export const ADMIN: KojiUser = { id: 1, name: 'admin', password: 'admin' }
/** The account of the service under test. */
export const LAB_USER: KojiUser = { id: 2, name: 'freshwave', password: 'freshwave' }
/** The owner of the builds from the past. */
export const OSBS: KojiUser = { id: 3, name: 'osbs', password: 'osbs' }
