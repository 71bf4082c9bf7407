/** Flatpaks end to end: the builds of a module are signed, and the flatpaks with it are rebuilt from them. */
import { describe, expect, it } from 'vitest'
import { FIXED_IMAGE_LIBS, FIXED_RASTER } from '../../lab/catalogue/images-flatpaks.ts'
import { moveAdvisory } from '../../lab/services/errata/ship.ts'
import { signAdvisory } from '../../lab/services/errata/sign.ts'
import { buildByNvr } from '../../lab/services/koji/state.ts'
import { createApp } from '../../src/api/app.ts'
import { moduleBuild } from '../../src/domain/rebuild/discover/flatpaks/module.ts'
import { hubTasks } from '../support/lab/hub-tasks.ts'
import { FLATPAK_ADVISORY, SKETCHBOOK, SLIDESHOW } from '../support/rebuild/flatpaks.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const COMPLETE = {
  state: 'COMPLETE',
  stateReason: `Advisory ${FLATPAK_ADVISORY}: All 1 container images have been rebuilt.`,
}

describe('an advisory of a module in testing', () => {
  it('has its flatpaks rebuilt from a compose of the fixed module once its builds are signed', async () => {
    const { world, pipeline } = await runningPipeline({ composeMs: 20 })
    const lab = world.lab.world
    signAdvisory(lab, FLATPAK_ADVISORY)
    const event = await pipeline.untilEnded(FLATPAK_ADVISORY)
    expect(event).toMatchObject(COMPLETE)
    const [build] = event.builds
    expect(build).toMatchObject({ originalNvr: SKETCHBOOK, state: 'DONE', depOnId: null })

    const image = buildByNvr(lab.koji, build?.rebuiltNvr ?? '')?.image
    const composes = (image?.composeIds ?? []).map((id) => lab.odcs.composes.get(id))
    expect(composes.map((compose) => compose?.sourceType).sort()).toEqual(['module', 'pulp'])
    const ofModules = composes.find((compose) => compose?.sourceType === 'module')
    expect(ofModules).toMatchObject({ state: 'done', arches: ['aarch64', 'x86_64'] })
    expect(ofModules?.source.split(' ')).toContain(moduleBuild(FIXED_IMAGE_LIBS))
    expect(image?.rpms).toContainEqual(FIXED_RASTER)
    const [task, ...more] = hubTasks(world.lab)
    expect(more).toEqual([])
    expect(lab.koji.tasks.get(task?.id ?? 0)?.request[2]).toMatchObject({ flatpak: true, isolated: true })
  })

  it('has them rebuilt when it enters testing with signed builds, and only once by both messages', async () => {
    const { world, pipeline } = await runningPipeline({ composeMs: 20 })
    const lab = world.lab.world
    moveAdvisory(lab, FLATPAK_ADVISORY, 'NEW_FILES')
    signAdvisory(lab, FLATPAK_ADVISORY)
    moveAdvisory(lab, FLATPAK_ADVISORY, 'QE')
    expect(await pipeline.untilEnded(FLATPAK_ADVISORY)).toMatchObject(COMPLETE)
    expect(hubTasks(world.lab)).toHaveLength(1)
  })

  it('has the requested flatpaks rebuilt by a manual request, whatever their tags', async () => {
    const { world, pipeline } = await runningPipeline({ composeMs: 20 })
    const lab = world.lab.world
    const advisory = lab.advisories.get(FLATPAK_ADVISORY)
    if (!advisory) throw new Error(`No advisory ${FLATPAK_ADVISORY}`)
    const builds = advisory.builds.map((build) => ({ ...build, signed: true }))
    lab.advisories.set(FLATPAK_ADVISORY, { ...advisory, builds })
    const answer = await createApp(pipeline.ctx).request('/api/1/builds/', {
      method: 'POST',
      body: JSON.stringify({ errata_id: FLATPAK_ADVISORY, container_images: [SLIDESHOW] }),
    })
    expect(await answer.json()).toMatchObject({ event_type_id: 18, requested_rebuilds: [SLIDESHOW] })
    const event = await pipeline.untilEnded(FLATPAK_ADVISORY)
    expect(event).toMatchObject({ ...COMPLETE, builds: [{ originalNvr: SLIDESHOW, state: 'DONE' }] })
  })
})
