/** The lab's build machines for one test: submits rebuilds of images and waits for the end of their tasks. */
import { sourceUrl } from '../../../lab/services/koji/past.ts'
import type { LabOptions } from '../../../lab/start.ts'
import { kwargs, type XmlRpcInput } from '../../../src/lib/xmlrpc/index.ts'
import { asStructs, callHub, labForTest, logIn, until } from './lab.ts'

/** A rebuild of an image of the catalogue; `more` are further options of the task. */
export type RebuildRequest = {
  nvr: string
  release: string
  parent?: string
  more?: Record<string, XmlRpcInput>
}

/** Starts a lab with a logged-in caller of its hub. */
export async function buildersForTest(options: LabOptions = {}) {
  const lab = await labForTest(options)
  const url = lab.urls.KOJI_BASE_URL
  const me = await logIn(url)
  const submit = async ({ nvr, release, parent, more }: RebuildRequest) => {
    const image = lab.world.catalogue.images.find((candidate) => candidate.nvr === nvr)
    if (!image) throw new Error(`No image ${nvr}`)
    const opts = {
      git_branch: image.branch,
      isolated: true,
      release,
      ...(parent ? { koji_parent_build: parent } : {}),
      ...more,
    }
    return Number(await me.call('buildContainer', [sourceUrl(image), image.target, opts]))
  }
  const ended = (id: number) =>
    until(() => {
      const task = lab.world.koji.tasks.get(id)
      return task && task.completedAt !== null ? task : null
    })
  const opensslOf = async (nvr: string) => {
    const id = await callHub(url, 'findBuildID', [nvr])
    const archives = asStructs(await callHub(url, 'listArchives', [id]))
    const lists = await Promise.all(
      archives.map(({ id: imageID }) => callHub(url, 'listRPMs', [kwargs({ imageID: Number(imageID) })])),
    )
    const rpms = lists.flatMap(asStructs).filter(({ name }) => String(name).startsWith('openssl'))
    return [...new Set(rpms.map((rpm) => String(rpm.nvr)))].sort()
  }
  return { ...lab, url, me, submit, ended, opensslOf }
}
