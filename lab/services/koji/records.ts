/** The records of the hub: builds, tasks, users, sessions, tags and targets (behaviour/koji 4). */
import type { XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import type { LabImage, Rpm } from '../../catalogue/entry.ts'

/** Mind that ASSIGNED comes between FREE and OPEN: the numbers do not order the states. */
export const TASK_STATES = { FREE: 0, OPEN: 1, CLOSED: 2, CANCELED: 3, ASSIGNED: 4, FAILED: 5 } as const
export type TaskState = keyof typeof TASK_STATES

/** Times are milliseconds since 1970. A result comes with CLOSED, a fault with FAILED. */
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

/** Accounts log in with their password; the principal is made from the name. */
export type KojiUser = { id: number; name: string; password: string }

/** One login; its key changes at every renewal. */
export type KojiSession = {
  id: number
  key: string
  user: KojiUser
  authtype: number
  /** Highest number of a call that changed something; null before the first. */
  lastCallnum: number | null
  expired: boolean
}

/** A failure a builder is told to show: the next `times` builds of an image end in this fault. */
export type ScriptedFailure = { times: number; code: number; text: string }

/** A build may be in many tags; a target names the tag to build from and the one to put the result in. */
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
  /** Set on container builds. */
  image?: LabImage
  /** Whether it was an isolated build, which moves no floating tags. */
  isolated?: boolean
  /** Set on RPM builds. */
  rpms?: readonly Rpm[]
}

/** Owner of the RPM builds. */
export const ADMIN: KojiUser = { id: 1, name: 'admin', password: 'admin' }
/** The account of the service under test. */
export const LAB_USER: KojiUser = { id: 2, name: 'freshwave', password: 'freshwave' }
/** Owner of the builds that were there before. */
export const OSBS: KojiUser = { id: 3, name: 'osbs', password: 'osbs' }
