/** Operator bundles end to end: a rebuilt image ships, and the bundles that refer to it are rebuilt with its digest. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { shipImages } from '../../lab/services/errata/ship.ts'
import { digestOf } from '../../lab/services/koji/answers.ts'
import { buildByNvr } from '../../lab/services/koji/state.ts'
import { startWeb } from '../../src/api/server.ts'
import { EVENT_TYPES } from '../../src/domain/event.ts'
import { freePort } from '../../src/lib/loopback.ts'
import { makeEvent } from '../factories.ts'
import { ADVISORY } from '../support/rebuild/affected-images.ts'
import { runningPipeline } from '../support/running-pipeline.ts'

const HTTPD = 'httpd-24-container-1-283'
const STOREFRONT = 'storefront-bundle-container-2.3.1-4'

async function start() {
  const port = String(await freePort())
  const { world, pipeline } = await runningPipeline({}, { env: { PORT: port } })
  const web = await startWeb(pipeline.ctx)
  onTestFinished(web.stop)
  const get = async (path: string) => (await fetch(web.url + path)).json() as Promise<Record<string, unknown>>
  return { world, pipeline, get, url: web.url }
}

describe('a rebuilt image that ships', () => {
  it('has its bundles rebuilt, with the overrides that the build system fetches from the API', async () => {
    const { world, pipeline, get, url } = await start()
    world.ship(ADVISORY)
    const first = await pipeline.untilEnded(ADVISORY)
    const rebuilt = first.builds.find(({ originalNvr }) => originalNvr === HTTPD)?.rebuiltNvr ?? ''
    expect(buildByNvr(world.lab.world.koji, rebuilt)).toBeDefined()

    const advisory = shipImages(world.lab.world, [rebuilt])
    const event = await pipeline.untilEnded(advisory)
    expect(event).toMatchObject({
      state: 'COMPLETE',
      stateReason: `Advisory ${advisory}: All 1 container images have been rebuilt.`,
    })
    const [build] = event.builds
    expect(build).toMatchObject({ originalNvr: STOREFRONT, state: 'DONE', depOnId: null })
    expect(build?.args).toMatchObject({
      original_parent: null,
      renewed_odcs_compose_ids: null,
      operator_csv_modifications_url: `${url}/api/2/pullspec_overrides/${build?.id}`,
    })

    const overrides = await get(`/api/2/pullspec_overrides/${build?.id}`)
    const version = expect.stringMatching(/^2\.3\.1\+0\.\d+\.p$/)
    const name = expect.stringMatching(/^storefront-operator\.v2\.3\.1-0\.\d+\.p$/)
    expect(overrides).toEqual({
      pullspec_replacements: [
        {
          new: `registry.example.com/httpd-24@${digestOf(rebuilt)}`,
          original: 'registry.example.com/httpd-24:latest',
          pinned: true,
        },
        {
          new: `registry.example.com/nodejs-18@${digestOf('nodejs-18-container-1-92')}`,
          original: 'registry.example.com/nodejs-18:latest',
          pinned: true,
        },
      ],
      update: {
        metadata: { annotations: { 'olm.substitutesFor': 'storefront-operator.v2.3.1' }, name },
        spec: { version },
      },
    })
    const made = buildByNvr(world.lab.world.koji, build?.rebuiltNvr ?? '')?.image?.bundle
    expect(made).toMatchObject({
      csvName: name,
      version,
      substitutesFor: 'storefront-operator.v2.3.1',
      pullspecs: overrides['pullspec_replacements'],
    })

    const why = (await get(`/api/2/events/${event.id}/why`)) as { images?: unknown[] }
    expect(JSON.stringify(why)).toContain('none of its tags is rebuilt automatically')
    const { state_name: state, event_type_id: type } = (await get(`/api/2/events/${event.id}`)) as {
      state_name: string
      event_type_id: number
    }
    expect({ state, type }).toEqual({ state: 'COMPLETE', type: 15 })
  })
})

describe('a manual rebuild of bundles', () => {
  it('ends FAILED when the build system would refuse every one of them', async () => {
    const { world, pipeline } = await start()
    const built = buildByNvr(world.lab.world.koji, STOREFRONT)
    if (!built?.image) throw new Error(`No build ${STOREFRONT}`)
    const labels = { ...built.image.labels, 'com.redhat.openshift.versions': 'v4.7,v4.8' }
    built.image = { ...built.image, labels }
    const overrides = { [HTTPD]: 'nodejs-18-container-1-92' }
    const eventId = await makeEvent(pipeline.ctx, {
      state: 'INITIALIZED',
      eventTypeId: EVENT_TYPES.ManualBundleRebuildEvent,
      searchKey: '133004',
      requestedRebuilds: STOREFRONT,
      requesterMetadata: JSON.stringify({ bundle_related_image_overrides: overrides }),
    })
    await pipeline.ctx.queues.enqueue('discover', { eventId })
    expect(await pipeline.untilEnded(133004)).toMatchObject({
      state: 'FAILED',
      stateReason: 'All bundle rebuilds failed',
      builds: [{ stateReason: 'Original image has invalid openshift versions range' }],
    })
    expect(world.lab.world.koji.submitted.size).toBe(0)
  })
})
