/** Reads the contents of a built image: its RPMs and its labels, over all architectures. */

import type { InstalledRpm } from '../../domain/rebuild/images/image.ts'
import { parseNvr } from '../../domain/rebuild/images/nvr.ts'
import { isOdd, NotVerifiable } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import { filesPath } from './files-path.ts'
import { calls } from './hub/calls.ts'
import { checked, readOne } from './hub/checked.ts'
import { KojiFault } from './hub/fault.ts'
import type { Reads } from './hub/reads.ts'
import { buildSchema } from './schemas/builds.ts'
import {
  archivesSchema,
  type ImageArchives,
  type KojiRpm,
  type KojiRpms,
  metadataSchema,
  rpmsSchema,
} from './schemas/contents.ts'

/** RPMs of an image, merged over its architectures. */
export type RpmList = {
  rpms: InstalledRpm[]
  /** Names that every architecture has. */
  everywhere: ReadonlySet<string>
  /** Its architectures; null where one of them cannot be read. */
  arches: string[] | null
  /** False when the source is known to lack some. */
  isWhole: boolean
  /** Number of records without a usable name. */
  unreadable: number
}

const NOTHING: RpmList = { rpms: [], everywhere: new Set(), arches: null, isWhole: false, unreadable: 0 }

/** One for each architecture. */
export function readArchives(reads: Pick<Reads, 'one' | 'report'>, buildId: number): Promise<ImageArchives> {
  return readOne(reads, calls.imageArchives(buildId), archivesSchema)
}

/**
 * The RPMs of all architectures of an image, as the hub lists them. An import drops RPMs that the hub does not know, for each
 * architecture by itself, so even a list that looks whole may lack some; one that is empty for an architecture certainly does.
 */
export async function readListedRpms(
  reads: Pick<Reads, 'oneLong' | 'report'>,
  archivesOf: () => Promise<ImageArchives>,
): Promise<RpmList> {
  try {
    const archives = await archivesOf()
    const lists = await Promise.all(
      archives.read.map(async ({ id }) => {
        const call = calls.imageRpms(id)
        return checked(call, rpmsSchema, await reads.oneLong(call), reads.report)
      }),
    )
    const arches = archives.read.map(({ arch }) => arch)
    const missing = archives.unreadable.length
    return merge(
      lists,
      arches,
      missing === 0 && lists.length > 0 && lists.every((list) => list.read.length > 0),
    )
  } catch (error) {
    // The metadata file may have what the hub will not list, or lists unreadably.
    if ((error instanceof KojiFault && error.blame === 'thing') || isOdd(error)) return NOTHING
    throw error
  }
}

/**
 * The RPMs of all architectures of an image from its metadata file. @throws NotVerifiable when the file cannot be
 * found or has none for an architecture, UpstreamError when the server is in trouble
 */
export async function readMetadataRpms(
  reads: Pick<Reads, 'one' | 'report'>,
  files: HttpClient | undefined,
  nvr: string,
): Promise<RpmList> {
  if (!files) throw new NotVerifiable(`the hub does not list all RPMs of ${nvr}, and KOJI_TOP_URL is not set`)
  const volume = (await readOne(reads, calls.build(nvr), buildSchema))?.volume
  const path = filesPath({ ...parseNvr(nvr), volume }, ['metadata.json'])
  const metadata = await files.jsonOrNull({ path }, metadataSchema)
  if (!metadata)
    throw new NotVerifiable(`the hub does not list all RPMs of ${nvr}, and its metadata.json is missing`)
  if (metadata.images.some(({ read, unreadable }) => read.length + unreadable.length === 0))
    throw new NotVerifiable(`the metadata.json of ${nvr} has no RPMs for one of its architectures`)
  const arches = metadata.images.map(({ arch }) => arch)
  return { ...merge(metadata.images, arches, true), unreadable: metadata.unreadable.length }
}

/** Labels of an image; those of its architectures are merged, as they differ in `architecture` only. */
export async function readImageLabels(reads: Reads, buildId: number): Promise<Record<string, string>> {
  const archives = await readArchives(reads, buildId)
  return Object.assign({}, ...archives.read.map(({ labels }) => labels))
}

function merge(lists: readonly KojiRpms[], arches: readonly (string | null)[], isWhole: boolean): RpmList {
  const rpms = lists.flatMap((list) => list.read)
  const unique = new Map(rpms.map((rpm) => [`${rpm.name}-${rpm.version}-${rpm.release}.${rpm.arch}`, rpm]))
  const [first, ...rest] = lists.map(({ read }) => new Set(read.map(({ name }) => name)))
  return {
    rpms: [...unique.values()].map(toInstalledRpm),
    arches: arches.every((arch) => arch !== null) ? [...arches] : null,
    everywhere: rest.reduce((shared, names) => shared.intersection(names), first ?? new Set<string>()),
    isWhole,
    unreadable: lists.reduce((sum, list) => sum + list.unreadable.length, 0),
  }
}

function toInstalledRpm({ name, version, release, arch, epoch }: KojiRpm): InstalledRpm {
  return { name, nvr: `${name}-${version}-${release}`, arch, srpmName: null, srpmNvr: null, epoch }
}
