/** What the hub remembers: builds, tasks, tags, targets, users and sessions (behaviour/koji 4). */
import type { Catalogue, LabImage, Rpm } from '../../catalogue/entry.ts'
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

/** Everything the hub knows; ids are handed out upwards and never used twice. */
export type KojiState = {
  builds: Map<number, KojiBuild>
  buildIds: Map<string, number>
  tasks: Map<number, KojiTask>
  /** Tasks nobody has begun, by priority, in the order they came; some may have been cancelled since. */
  free: Map<number, Set<KojiTask>>
  /** What a source URL's `namespace/name#commit` builds; `namespace/name` alone gives the newest. */
  imagesBySource: Map<string, LabImage>
  tags: Map<string, Tag>
  targets: Map<string, Target>
  users: KojiUser[]
  sessions: Map<number, KojiSession>
  failures: Map<string, ScriptedFailure>
  /** How often a (source, release) was submitted: more than once is a duplicate. */
  submitted: Map<string, number>
  duplicates: number
  next: { build: number; task: number; session: number }
  /** Whether `/ssllogin` takes a Negotiate token (any token: the lab checks none). */
  acceptNegotiate: boolean
  /** Tells the builder that there is work; set by the builder. */
  wakeBuilder: () => void
}

/** A hub that has built everything in the catalogue, a month ago. */
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
    submitted: new Map(),
    duplicates: 0,
    next: { build: 1, task: 60_000_001, session: 1 },
    acceptNegotiate: false,
    wakeBuilder: () => undefined,
  }
  const then = now - 30 * 24 * 3600 * 1000
  for (const image of catalogue.images) if (!image.konflux) addPastImage(state, image, then)
  // An advisory may ship container builds too: those are there already.
  for (const advisory of catalogue.advisories)
    for (const build of advisory.builds)
      if (!state.buildIds.has(build.nvr)) addRpmBuild(state, build.nvr, build.rpms, build.tags, then)
  return state
}

function addRpmBuild(
  state: KojiState,
  nvr: string,
  rpms: readonly Rpm[],
  tags: readonly string[],
  at: number,
) {
  for (const tag of tags) tagNamed(state, tag)
  addBuild(state, rpmBuild(nextId(state, 'build'), nvr, rpms, tags, at))
}

function addPastImage(state: KojiState, image: LabImage, at: number): void {
  const task = pastTask(nextId(state, 'task'), image, OSBS.id, at)
  state.tasks.set(task.id, task)
  addBuild(state, pastImageBuild(nextId(state, 'build'), task.id, image, OSBS, at))
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

/** Takes a new task in. */
export function addTask(state: KojiState, task: KojiTask): void {
  state.tasks.set(task.id, task)
  const alike = state.free.get(task.priority) ?? new Set()
  state.free.set(task.priority, alike.add(task))
}

/** The task to begin next: of the lowest priority number the oldest. It is taken out. */
export function takeFreeTask(state: KojiState): KojiTask | undefined {
  for (const priority of [...state.free.keys()].sort((a, b) => a - b)) {
    const alike = state.free.get(priority) ?? new Set()
    for (const task of alike) {
      alike.delete(task)
      if (task.state === 'FREE') return task
    }
  }
  return undefined
}

/** Files a build under its id and its NVR. */
export function addBuild(state: KojiState, build: KojiBuild): void {
  state.builds.set(build.id, build)
  state.buildIds.set(build.nvr, build.id)
}

/** The build with this NVR. */
export function buildByNvr(state: KojiState, nvr: string): KojiBuild | undefined {
  const id = state.buildIds.get(nvr)
  return id === undefined ? undefined : state.builds.get(id)
}

/** Hands out the next number of a kind. */
export function nextId(state: KojiState, kind: keyof KojiState['next']): number {
  const id = state.next[kind]
  state.next[kind] = id + 1
  return id
}
