/** The hub's methods on builds, archives, packages, tags and targets (behaviour/koji 4). */
import type { XmlRpcInput, XmlRpcValue } from '../../../../src/lib/xmlrpc/index.ts'
import { buildStruct, listedBuildStruct, type Struct, taggedBuildStruct } from '../answers.ts'
import { archiveRpmStructs, archiveStructs, buildRpmStructs, readArchiveId } from '../archives.ts'
import type { KojiBuild, Tag } from '../records.ts'
import { buildByNvr, type KojiState, unimportedRpms } from '../state.ts'
import { type Args, type Call, FAULTS, HubFault, isStruct, type Method, selectPage } from './method.ts'

/** A build by number, NVR or map. @throws HubFault 1000 for a text that is not an NVR, and with `strict` for no build */
function findBuild(
  state: KojiState,
  buildInfo: XmlRpcValue | undefined,
  strict: boolean,
): KojiBuild | undefined {
  const build = lookUpBuild(state, buildInfo)
  if (!build && strict) throw new HubFault(FAULTS.generic, `No such build: '${describe(buildInfo)}'`)
  return build
}

function lookUpBuild(state: KojiState, buildInfo: XmlRpcValue | undefined): KojiBuild | undefined {
  if (typeof buildInfo === 'number') return state.builds.get(buildInfo)
  if (isStruct(buildInfo))
    return buildByNvr(state, `${buildInfo.name}-${buildInfo.version}-${buildInfo.release}`)
  if (typeof buildInfo !== 'string')
    throw new HubFault(FAULTS.parameter, `Invalid type for buildInfo: ${typeof buildInfo}`)
  if (!/^.+-[^-]+-[^-]+$/.test(buildInfo)) throw new HubFault(FAULTS.generic, `invalid format: ${buildInfo}`)
  return buildByNvr(state, buildInfo)
}

const describe = (value: unknown) => (isStruct(value) ? JSON.stringify(value) : String(value))

function listBuilds(args: Args, { world: { koji } }: Call): XmlRpcInput {
  const query = isStruct(args.queryOpts) ? args.queryOpts : {}
  const found = [...koji.builds.values()]
    .filter((build) => args.taskID === undefined || args.taskID === build.taskId)
    .filter(
      (build) =>
        args.userID === undefined || args.userID === build.owner.id || args.userID === build.owner.name,
    )
    .filter((build) => typeof args.prefix !== 'string' || build.name.startsWith(args.prefix))
  return selectPage(found, query).map((build) => listedBuildStruct(koji, build))
}

const ARCHIVE_TYPES = new Set(['image', 'maven', 'win'])

function listArchives(args: Args, { world: { koji } }: Call): XmlRpcInput {
  const type = args.type ?? null
  if (type !== null && !ARCHIVE_TYPES.has(String(type)))
    throw new HubFault(FAULTS.generic, `unsupported archive type: ${String(type)}`)
  const build = koji.builds.get(Number(args.buildID))
  return build && (type === null || type === 'image') ? archiveStructs(build) : []
}

function listRPMs(args: Args, { world: { koji } }: Call): XmlRpcInput {
  const arches = typeof args.arches === 'string' ? [args.arches] : args.arches
  const hasArch = (struct: Struct) => !Array.isArray(arches) || arches.includes(String(struct.arch))
  if (args.imageID !== undefined && args.imageID !== null) {
    const { buildId, arch } = readArchiveId(Number(args.imageID))
    const build = koji.builds.get(buildId)
    if (!build || !arch) return []
    const unimported = unimportedRpms(koji, build)
    return archiveRpmStructs(build, arch)
      .filter(hasArch)
      .filter(({ name }) => !unimported.includes(String(name)))
  }
  const build = koji.builds.get(Number(args.buildID))
  return build ? buildRpmStructs(build).filter(hasArch) : []
}

function tagStruct(tag: Tag): Struct {
  return {
    arches: 'x86_64 aarch64',
    id: tag.id,
    locked: false,
    maven_include_all: false,
    maven_support: false,
    name: tag.name,
    perm: null,
    perm_id: null,
  }
}

function listTags(args: Args, { world: { koji } }: Call): XmlRpcInput {
  if (args.build === undefined || args.build === null) return [...koji.tags.values()].map(tagStruct)
  const build = lookUpBuild(koji, args.build)
  if (!build) throw new HubFault(FAULTS.generic, `No such build: ${describe(args.build)}`)
  return [...koji.tags.values()].filter((tag) => build.tags.includes(tag.name)).map(tagStruct)
}

function listTagged(args: Args, { world: { koji } }: Call): XmlRpcInput {
  const tag = koji.tags.get(String(args.tag)) ?? [...koji.tags.values()].find(({ id }) => id === args.tag)
  if (!tag) throw new HubFault(FAULTS.generic, `No such tagInfo: '${String(args.tag)}'`)
  const newestFirst = [...koji.builds.values()]
    .filter((build) => build.tags.includes(tag.name))
    .filter((build) => typeof args.package !== 'string' || build.name === args.package)
    .reverse()
  const seen = new Set<string>()
  const chosen = newestFirst.filter((build) => {
    const latest = !seen.has(build.name)
    seen.add(build.name)
    return latest || !args.latest
  })
  return chosen.map((build) => taggedBuildStruct(koji, build, tag))
}

function getBuildTarget(args: Args, { world: { koji } }: Call): XmlRpcInput {
  const target =
    koji.targets.get(String(args.info)) ?? [...koji.targets.values()].find(({ id }) => id === args.info)
  if (!target) return null
  return {
    build_tag: target.buildTag.id,
    build_tag_name: target.buildTag.name,
    dest_tag: target.destTag.id,
    dest_tag_name: target.destTag.name,
    id: target.id,
    name: target.name,
  }
}

/** The methods by name. */
export const BUILD_METHODS = {
  getBuild: {
    params: ['buildInfo', 'strict'],
    required: 1,
    run: (args, { world: { koji } }) => {
      const build = findBuild(koji, args.buildInfo, args.strict === true)
      return build ? buildStruct(koji, build) : null
    },
  },
  findBuildID: {
    params: ['X', 'strict'],
    required: 1,
    run: (args, { world: { koji } }) => findBuild(koji, args.X, args.strict === true)?.id ?? null,
  },
  listBuilds: {
    params: ['packageID', 'userID', 'taskID', 'prefix', 'state', 'queryOpts'],
    required: 0,
    run: listBuilds,
  },
  listArchives: {
    params: ['buildID', 'buildrootID', 'componentBuildrootID', 'hostID', 'type', 'queryOpts'],
    required: 0,
    run: listArchives,
  },
  listRPMs: {
    params: ['buildID', 'buildrootID', 'imageID', 'componentBuildrootID', 'hostID', 'arches', 'queryOpts'],
    required: 0,
    run: listRPMs,
  },
  listTags: { params: ['build', 'package', 'perms'], required: 0, run: listTags },
  listTagged: {
    params: [
      'tag',
      'event',
      'inherit',
      'prefix',
      'latest',
      'package',
      'owner',
      'type',
      'strict',
      'extra',
      'draft',
    ],
    required: 1,
    run: listTagged,
  },
  getBuildTarget: { params: ['info', 'event', 'strict'], required: 1, run: getBuildTarget },
  // Container builds exist only once they are complete, so there is never a running build to cancel.
  cancelBuild: {
    params: ['buildID', 'strict'],
    required: 1,
    run: (_args, { session }) => {
      if (!session) throw new HubFault(FAULTS.notAllowed, 'Cannot cancel build, not owner')
      return false
    },
  },
} as const satisfies Record<string, Method>
