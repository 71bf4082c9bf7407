/** Reads the contents of a built image: its RPMs and labels, over all architectures. */

import type { InstalledRpm } from '../../domain/rebuild/images/image.ts'
import { parseNvr } from '../../domain/rebuild/images/nvr.ts'
import { UpstreamError } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import { calls } from './hub/calls.ts'
import { checkResult, readOne } from './hub/checked.ts'
import { KojiFault } from './hub/fault.ts'
import type { Reads } from './hub/reads.ts'
import { archivesSchema, buildSchema, type KojiRpm, metadataSchema, rpmsSchema } from './schema.ts'

/**
 * The RPMs of all architectures of an image. If the hub lists none (images imported with RPMs that the hub does not
 * know), they are read from the build's metadata file (behaviour/koji 6). Throws `UpstreamError` when neither is
 * available: an empty list would mean that nothing has to be verified.
 */
export async function readImageRpms(
  reads: Reads,
  files: HttpClient | undefined,
  buildId: number,
  nvr: string,
): Promise<InstalledRpm[]> {
  const listed = await listRpms(reads, buildId)
  return unique(listed.length > 0 ? listed : await metadataRpms(reads, files, nvr)).map(toInstalledRpm)
}

/** The labels of an image, merged over its architectures: they differ in `architecture` only. */
export async function readImageLabels(reads: Reads, buildId: number): Promise<Record<string, string>> {
  const archives = await readOne(reads, calls.imageArchives(buildId), archivesSchema)
  return Object.assign({}, ...archives.map(({ labels }) => labels))
}

async function listRpms(reads: Reads, buildId: number): Promise<KojiRpm[]> {
  try {
    const archives = await readOne(reads, calls.imageArchives(buildId), archivesSchema)
    const lists = await Promise.all(
      archives.map(async ({ id }) => {
        const call = calls.imageRpms(id)
        return checkResult(call, rpmsSchema, await reads.callLong(call))
      }),
    )
    // An empty list means that the hub does not know the architecture's RPMs, not that it has none.
    return lists.every((list) => list.length > 0) ? lists.flat() : []
  } catch (error) {
    if (error instanceof KojiFault) return []
    throw error
  }
}

async function metadataRpms(reads: Reads, files: HttpClient | undefined, nvr: string): Promise<KojiRpm[]> {
  if (!files)
    throw new UpstreamError('koji', 'bad-answer', `the hub lists no RPMs of ${nvr}; KOJI_TOP_URL is not set`)
  const { name, version, release } = parseNvr(nvr)
  const volume = (await readOne(reads, calls.build(nvr), buildSchema))?.volume
  const folders = [...(volume ? ['vol', volume] : []), 'packages', name, version, release, 'metadata.json']
  return files.json({ path: `/${folders.map(encodeURIComponent).join('/')}` }, metadataSchema)
}

function unique(rpms: KojiRpm[]): KojiRpm[] {
  return [
    ...new Map(rpms.map((rpm) => [`${rpm.name}-${rpm.version}-${rpm.release}.${rpm.arch}`, rpm])).values(),
  ]
}

function toInstalledRpm({ name, version, release, arch }: KojiRpm): InstalledRpm {
  return { name, nvr: `${name}-${version}-${release}`, arch, srpmName: null, srpmNvr: null }
}
