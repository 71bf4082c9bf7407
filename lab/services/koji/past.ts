/** Creates the builds and tasks that a hub with this catalogue has from the past. */
import { parseNvr } from '../../../src/domain/rebuild/images/nvr.ts'
import type { LabImage, Rpm } from '../../catalogue/entry.ts'
import type { KojiBuild, KojiTask, KojiUser } from './records.ts'

/** The `GIT_BASE_URL` that a service in the lab must be started with. */
const GIT_BASE_URL = 'git://dist-git.example.com'

/** The source of an image's Dockerfile, as written in a build task. */
export function sourceUrl(image: LabImage): string {
  return `${GIT_BASE_URL}/${image.repository}#${image.commit}`
}

/** The build of an image in the catalogue. */
export function pastImageBuild(
  id: number,
  taskId: number,
  image: LabImage,
  owner: KojiUser,
  at: number,
): KojiBuild {
  return {
    id,
    nvr: image.nvr,
    name: image.name,
    version: image.version,
    release: image.release,
    epoch: null,
    taskId,
    owner,
    startedAt: at,
    completedAt: at + 600_000,
    source: sourceUrl(image),
    tags: [image.target],
    image,
  }
}

/** The task that built an image of the catalogue. */
export function pastTask(id: number, image: LabImage, owner: number, at: number): KojiTask {
  return {
    id,
    method: 'buildContainer',
    state: 'CLOSED',
    owner,
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

/** The build of a source package. */
export function rpmBuild(
  id: number,
  nvr: string,
  rpms: readonly Rpm[],
  tags: readonly string[],
  at: number,
): KojiBuild {
  return {
    id,
    nvr,
    ...parseNvr(nvr),
    epoch: rpms[0]?.epoch || null,
    taskId: null,
    owner: { id: 1, name: 'admin' },
    startedAt: at,
    completedAt: at + 300_000,
    source: null,
    tags,
    rpms,
  }
}
