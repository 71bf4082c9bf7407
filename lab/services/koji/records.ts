/** The records of the hub: builds, tasks, users, sessions, tags and targets (spec/koji 4). */
import type { XmlRpcInput } from '../../../src/lib/xmlrpc.ts'
import type { LabImage, Rpm } from '../../catalogue/entry.ts'

export const TASK_STATES = { FREE: 0, OPEN: 1, CLOSED: 2, CANCELED: 3, ASSIGNED: 4, FAILED: 5 } as const
export type TaskState = keyof typeof TASK_STATES

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

export type KojiUser = { id: number; name: string; password: string }

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

export type Tag = { id: number; name: string }
export type Target = { id: number; name: string; buildTag: Tag; destTag: Tag }

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

export const ADMIN: KojiUser = { id: 1, name: 'admin', password: 'admin' }
/** The account of the service under test. */
export const LAB_USER: KojiUser = { id: 2, name: 'freshwave', password: 'freshwave' }
export const OSBS: KojiUser = { id: 3, name: 'osbs', password: 'osbs' }
