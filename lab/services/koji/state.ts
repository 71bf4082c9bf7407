/** The state of the hub: builds, tasks, tags, targets, users and sessions (behaviour/koji 4). */
import type { AdvisoryBuild, Catalogue, LabImage } from '../../catalogue/entry.ts'
import { pastImageBuild, pastTask, rpmBuild } from './past.ts'
import {
  ADMIN,
  type KojiBuild,
  type KojiSession,
  type KojiTask,
  type KojiUser,
  LAB_USER,
  OSBS,
  type ScriptedFailure,
  type Tag,
  type Target,
} from './records.ts'

/** The whole state of the hub; ids increase and are never used twice. */
export type KojiState = {
  builds: Map<number, KojiBuild>
  buildIds: Map<string, number>
  tasks: Map<number, KojiTask>
  /** Tasks that were not started when added, by priority and in order of creation; some may be canceled by now. */
  free: Map<number, Set<KojiTask>>
  /** By a source URL's `namespace/name#commit`: the image it builds; by `namespace/name`: the newest image. */
  imagesBySource: Map<string, LabImage>
  tags: Map<string, Tag>
  targets: Map<string, Target>
  users: KojiUser[]
  sessions: Map<number, KojiSession>
  failures: Map<string, ScriptedFailure>
  /** By name or NVR of an image: names of RPMs that the hub did not import, so its lists lack them. */
  unimportedRpms: Map<string, readonly string[]>
  /** How often each source and release was submitted: more than once is a duplicate. */
  submitted: Map<string, number>
  duplicates: number
  next: { build: number; task: number; session: number }
  /** Whether `/ssllogin` accepts Negotiate tokens (any token: the lab does not verify them). */
  acceptNegotiate: boolean
  /** Notifies the builder of new work; set by the builder. */
  wakeBuilder: () => void
}

/** A hub that built everything in the catalogue a month ago. */
export function createKojiState(
  catalogue: Catalogue,
  now: number,
  failures: Readonly<Record<string, ScriptedFailure>>,
): KojiState {
  const state: KojiState = {
    builds: new Map(),
    buildIds: new Map(),
    tasks: new Map(),
    free: new Map(),
    imagesBySource: new Map(),
    tags: new Map(),
    targets: new Map(),
    users: [ADMIN, LAB_USER, OSBS],
    sessions: new Map(),
    failures: new Map(Object.entries(failures).map(([name, failure]) => [name, { ...failure }])),
    unimportedRpms: new Map(),
    submitted: new Map(),
    duplicates: 0,
    next: { build: 1, task: 60_000_001, session: 1 },
    acceptNegotiate: false,
    wakeBuilder: () => undefined,
  }
  const then = now - 30 * 24 * 3600 * 1000
  for (const image of catalogue.images) if (!image.konflux) addPastImage(state, image, then)
  // An advisory may ship container builds too, which were added above.
  for (const advisory of catalogue.advisories)
    for (const build of advisory.builds)
      if (!state.buildIds.has(build.nvr)) addAttachedBuild(state, build, then)
  return state
}

function addAttachedBuild(state: KojiState, attached: AdvisoryBuild, at: number): void {
  for (const tag of attached.tags) tagNamed(state, tag)
  const build = rpmBuild(attached, { id: nextId(state, 'build'), at })
  const { module } = attached
  addBuild(state, module ? { ...build, epoch: null, module } : build)
}

function addPastImage(state: KojiState, image: LabImage, at: number): void {
  const task = pastTask(image, { id: nextId(state, 'task'), at })
  state.tasks.set(task.id, task)
  addBuild(state, pastImageBuild(image, { id: nextId(state, 'build'), taskId: task.id, at }))
  if (image.unimportedRpms) state.unimportedRpms.set(image.name, image.unimportedRpms)
  state.imagesBySource.set(image.repository, image)
  state.imagesBySource.set(`${image.repository}#${image.commit}`, image)
  if (!state.targets.has(image.target)) addTarget(state, image.target)
}

function addTarget(state: KojiState, name: string): void {
  const stem = name.replace(/-candidate$/, '')
  const target = {
    id: state.targets.size + 1,
    name,
    buildTag: tagNamed(state, `${stem}-build`),
    destTag: tagNamed(state, name),
  }
  state.targets.set(name, target)
}

function tagNamed(state: KojiState, name: string): Tag {
  const known = state.tags.get(name)
  if (known) return known
  const tag = { id: state.tags.size + 1, name }
  state.tags.set(name, tag)
  return tag
}

/** Adds a new task. */
export function addTask(state: KojiState, task: KojiTask): void {
  state.tasks.set(task.id, task)
  const tasks = state.free.get(task.priority) ?? new Set()
  state.free.set(task.priority, tasks.add(task))
}

/** Removes and returns the task to start next: the oldest one of the lowest priority number. */
export function takeFreeTask(state: KojiState): KojiTask | undefined {
  for (const priority of [...state.free.keys()].sort((a, b) => a - b)) {
    const tasks = state.free.get(priority) ?? new Set()
    for (const task of tasks) {
      tasks.delete(task)
      if (task.state === 'FREE') return task
    }
  }
  return undefined
}

/** The names of RPMs in an image that the hub did not import. */
export function unimportedRpms(state: KojiState, { nvr, name }: KojiBuild): readonly string[] {
  return state.unimportedRpms.get(nvr) ?? state.unimportedRpms.get(name) ?? []
}

/** Adds a build under its id and its NVR. */
export function addBuild(state: KojiState, build: KojiBuild): void {
  state.builds.set(build.id, build)
  state.buildIds.set(build.nvr, build.id)
}

/** The build with this NVR. */
export function buildByNvr(state: KojiState, nvr: string): KojiBuild | undefined {
  const id = state.buildIds.get(nvr)
  return id === undefined ? undefined : state.builds.get(id)
}

/** Returns the next number of a kind. */
export function nextId(state: KojiState, kind: keyof KojiState['next']): number {
  const id = state.next[kind]
  state.next[kind] = id + 1
  return id
}
