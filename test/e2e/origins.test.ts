/** Checks what images are rebuilt from: in scratch mode parents have no build in Koji, and builds may be deleted there. */
import { describe, expect, it } from 'vitest'
import { ADVISORY, affectedImages } from '../support/rebuild/affected-images.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const IMAGES = 8
const DELETED = 2
const REASON = /The Koji build of \S+ is DELETED, not COMPLETE|the build is DELETED, not COMPLETE/

/** Runs an event in which Koji reports one image's own build as deleted from its query number `from` on. */
async function endWithDeleted(from: number) {
  const { world, pipeline } = await runningPipeline({ catalogue: affectedImages(IMAGES) })
  const leaf = affectedImages(IMAGES).images.at(-1)?.nvr ?? ''
  let queries = 0
  world.lab.world.mutate = (service, operation, json) => {
    const isLeaf = service === 'koji' && operation === 'getBuild' && Object(json).nvr === leaf
    if (isLeaf) queries += 1
    return isLeaf && queries >= from ? { ...Object(json), state: DELETED } : json
  }
  world.ship(ADVISORY)
  const { builds } = await pipeline.untilEnded(ADVISORY)
  return { leaf, builds }
}

describe('an image whose own build is deleted in Koji fails with that reason, and the others are rebuilt', () => {
  it.each([
    ['before discovery', 1],
    ['between discovery and submission', 2],
  ])('%s', async (_when, from) => {
    const { leaf, builds } = await endWithDeleted(from)
    expect(builds).toHaveLength(IMAGES)
    for (const { originalNvr, state, stateReason, taskId } of builds) {
      const isLeaf = originalNvr === leaf
      expect([originalNvr, state], stateReason ?? '').toEqual([originalNvr, isLeaf ? 'FAILED' : 'DONE'])
      if (isLeaf) expect([taskId, stateReason]).toEqual([null, expect.stringMatching(REASON)])
    }
  })
})

describe('in scratch mode', () => {
  it('a child of a scratch build names no parent, is built on its own Dockerfile, and says so', async () => {
    const { world, pipeline } = await runningPipeline(
      { catalogue: affectedImages(IMAGES) },
      { file: 'koji_container_scratch_build: true' },
    )
    world.ship(ADVISORY)
    const { state, builds } = await pipeline.untilEnded(ADVISORY)
    expect([state, builds.map((build) => build.state)]).toEqual(['COMPLETE', Array(IMAGES).fill('DONE')])
    const children = builds.filter(({ depOnId }) => depOnId !== null)
    expect(children.length).toBeGreaterThan(0)
    const sql = 'select verification_note as note from artifact_builds where id = ?'
    for (const { id, depOnId, taskId } of children) {
      const options = world.lab.world.koji.tasks.get(taskId ?? 0)?.request[2]
      expect(options).toMatchObject({ scratch: true })
      expect(options).not.toHaveProperty('koji_parent_build')
      const parent = builds.find((build) => build.id === depOnId)?.rebuiltNvr
      const [row] = await pipeline.ctx.db.fork().execute<{ note: string }[]>(sql, [id])
      expect(row?.note).toContain(`Koji has no build of its parent ${parent}, a scratch build.`)
    }
  })
})
