/** Creates the builds and tasks that a hub with this catalogue has from the past. */
import { parseNvr } from '../../../src/domain/rebuild/images/nvr.ts'
import type { AdvisoryBuild, LabImage } from '../../catalogue/entry.ts'
import { ADMIN, type KojiBuild, type KojiTask, OSBS } from './records.ts'

/** The `GIT_BASE_URL` that a service in the lab must be started with. */
const GIT_BASE_URL = 'git://dist-git.example.com'

/** The source of an image's Dockerfile, as written in a build task. */
export function sourceUrl(image: LabImage): string {
  return `${GIT_BASE_URL}/${image.repository}#${image.commit}`
}

/** The build of an image in the catalogue, started at `at`. */
export function pastImageBuild(
  image: LabImage,
  { id, taskId, at }: { id: number; taskId: number; at: number },
): KojiBuild {
  return {
    id,
    nvr: image.nvr,
    name: image.name,
    version: image.version,
    release: image.release,
    epoch: null,
    taskId,
    owner: OSBS,
    startedAt: at,
    completedAt: at + 600_000,
    source: sourceUrl(image),
    tags: [image.target],
    image,
  }
}

/** The task that built an image of the catalogue, created at `at`. */
export function pastTask(image: LabImage, { id, at }: { id: number; at: number }): KojiTask {
  return {
    id,
    method: 'buildContainer',
    state: 'CLOSED',
    owner: OSBS.id,
    request: [
      sourceUrl(image),
      image.target,
      { scratch: false, git_branch: image.branch, compose_ids: image.composeIds },
    ],
    priority: 20,
    channel: 'container-binary',
    createdAt: at,
    startedAt: at + 1000,
    completedAt: at + 600_000,
  }
}

/** The build of a source package, started at `at`. */
export function rpmBuild(
  { nvr, rpms, tags }: Pick<AdvisoryBuild, 'nvr' | 'rpms' | 'tags'>,
  { id, at }: { id: number; at: number },
): KojiBuild {
  return {
    id,
    nvr,
    ...parseNvr(nvr),
    epoch: rpms[0]?.epoch || null,
    taskId: null,
    owner: ADMIN,
    startedAt: at,
    completedAt: at + 300_000,
    source: null,
    tags,
    rpms,
  }
}
