/** Discovery of events about RPM advisories against the lab: which RPMs are searched for, and which builds are verified against. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Catalogue, Rpm } from '../../../lab/catalogue/entry.ts'
import { EL8, rpm } from '../../../lab/catalogue/streams.ts'
import { writeFindings } from '../../../src/db/queries/planning/findings.ts'
import { rebuildReasonId } from '../../../src/domain/rebuild/states.ts'
import { makeBuild, makeEvent } from '../../factories.ts'
import { ADVISORY } from '../../support/rebuild/affected-images.ts'
import { type Discovery, startDiscovery } from '../../support/rebuild/discovery.ts'
import { smallCatalogue } from '../../support/rebuild/small-catalogue.ts'

/** A source package with an epoch, and a sub-package that sets its own. */
const perl = (release: string): Rpm[] => [
  rpm(`perl-libs-4:5.26.3-${release}`, 'perl'),
  rpm(`perl-IO-1.38-${release}`, 'perl'),
]

/** The catalogue whose advisory has this build alone. */
function fixing(catalogue: Catalogue, nvr: string, rpms: Rpm[]): Catalogue {
  return {
    ...catalogue,
    advisories: catalogue.advisories.map((advisory) =>
      advisory.id === ADVISORY
        ? { ...advisory, builds: advisory.builds.slice(0, 1).map((build) => ({ ...build, nvr, rpms })) }
        : advisory,
    ),
  }
}

let discovery: Discovery
beforeAll(async () => {
  discovery = await startDiscovery()
})
afterAll(() => discovery.stop())
afterEach(() => {
  discovery.lab.world.mutate = null
})

describe('the epochs of the fixed RPMs', () => {
  const images = [
    { nvr: 'old-container-1-1', adds: [...EL8.base, ...perl('420.el8')] },
    { nvr: 'fixed-container-1-1', adds: [...EL8.base, ...perl('421.el8')] },
  ]

  it('are those of the source for the search, and those of the RPMs for the verification', async () => {
    discovery.use(fixing(smallCatalogue(images), 'perl-5.26.3-421.el8', perl('421.el8')))
    discovery.lab.world.mutate = (service, _operation, json) =>
      service === 'pyxis'
        ? JSON.parse(JSON.stringify(json).replaceAll(/"perl-\d+:[^"]*\.src"/g, '"perl-4:5.26.3-420.el8.src"'))
        : json
    const { findings, plan } = await discovery.run()
    expect(findings.fixedRpms).toEqual(['perl-IO-0:1.38-421.el8', 'perl-libs-4:5.26.3-421.el8'])
    expect(plan.builds.map(({ originalNvr, rpmsToFix }) => [originalNvr, rpmsToFix])).toEqual([
      ['old-container-1-1', expect.arrayContaining(['perl-libs', 'perl-IO'])],
    ])
  })

  it('are not known of a build whose record cannot be read, and the images are found without them', async () => {
    discovery.use(fixing(smallCatalogue(images), 'perl-5.26.3-421.el8', perl('421.el8')))
    discovery.lab.world.mutate = (service, operation, json) =>
      service === 'koji' && operation === 'getBuild' && JSON.stringify(json).includes('"perl-5.26.3-421.el8"')
        ? { ...(json as object), state: 'odd' }
        : json
    const { findings, plan } = await discovery.run()
    expect(findings.fixedRpms).toEqual(['perl-IO-1.38-421.el8', 'perl-libs-5.26.3-421.el8'])
    expect(plan.builds.map(({ originalNvr }) => originalNvr)).toEqual(['old-container-1-1'])
  })

  it('are not known of builds whose RPMs the hub cannot list', async () => {
    discovery.use(fixing(smallCatalogue(images), 'perl-5.26.3-421.el8', perl('421.el8')))
    discovery.lab.world.mutate = (service, operation, json) =>
      service === 'koji' && operation === 'listRPMs' ? 'odd' : json
    const { findings } = await discovery.run()
    expect(findings.fixedRpms).toEqual(['perl-IO-1.38-421.el8', 'perl-libs-5.26.3-421.el8'])
  })
})

describe('the RPMs that builds are verified against', () => {
  it('are those of both lists of the Errata Tool, as names of files may be odd in one of them', async () => {
    const odd = (json: unknown) =>
      JSON.parse(JSON.stringify(json).replaceAll(/"openssl-libs-[^"]*\.rpm"/g, '"openssl-libs.rpm"'))
    discovery.use(smallCatalogue([{ nvr: 'app-container-1-1' }]))
    const whole = (await discovery.run()).findings.fixedRpms
    expect(whole).toContain('openssl-libs-1:1.1.1k-14.el8_9')
    for (const list of ['builds.json', 'builds_by_cve']) {
      discovery.lab.world.mutate = (service, operation, json) =>
        service === 'errata' && operation.endsWith(list) ? odd(json) : json
      expect((await discovery.run()).findings.fixedRpms).toEqual(whole)
    }
  })
})

describe('images that an earlier event of the advisory has rebuilt', () => {
  const NVR = 'old-container-1-1'
  const rebuiltWith = async (
    fixedRpms: string[] | null,
    reason: Parameters<typeof rebuildReasonId>[0] = 'directly_affected',
  ) => {
    discovery.use(
      fixing(
        smallCatalogue([{ nvr: NVR, adds: [...EL8.base, ...perl('420.el8')] }]),
        'perl-5.26.3-422.el8',
        perl('422.el8'),
      ),
    )
    const { ctx } = discovery
    const searchKey = `${ADVISORY}`
    await ctx.db.fork().execute('delete from artifact_builds')
    const event = await makeEvent(ctx, { state: 'COMPLETE', searchKey })
    const done = { state: 'DONE', originalNvr: NVR, rebuiltNvr: `${NVR}.1700000000` } as const
    await makeBuild(ctx, event, { ...done, rebuildReason: rebuildReasonId(reason) })
    if (fixedRpms) {
      const findings = { nodes: [], considered: [], fixedRpms, whenEmpty: '', composes: null }
      await writeFindings(ctx.db.fork(), event, findings)
    }
    const { plan, why } = await discovery.run({ searchKey })
    return plan.builds.length > 0 ? 'rebuilt' : why.get(NVR)?.rule
  }

  it('are left out, unless the advisory has got newer builds since', async () => {
    expect(await rebuiltWith(['perl-IO-1.38-422.el8', 'perl-libs-4:5.26.3-422.el8'])).toBe('already-rebuilt')
    expect(await rebuiltWith(['perl-IO-1.38-421.el8', 'perl-libs-4:5.26.3-421.el8'])).toBe('rebuilt')
  })

  it('are left out where it is not known what the advisory had then, as in events of Freshmaker', async () => {
    expect(await rebuiltWith(null)).toBe('already-rebuilt')
  })

  it('are not left out when they were only built for others that depend on them', async () => {
    expect(await rebuiltWith(null, 'dependency')).toBe('rebuilt')
  })
})
