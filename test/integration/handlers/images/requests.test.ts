/** The number of requests that discovery makes, counted by the lab. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateCatalogue } from '../../../../lab/catalogue/generate.ts'
import { type Discovery, startDiscovery } from '../../../support/rebuild/discovery.ts'

const LIMITS = { pyxis: 100, koji: 30 }
let discovery: Discovery

beforeAll(async () => {
  discovery = await startDiscovery()
})
afterAll(() => discovery.stop())

describe('an event of about 1,000 images', () => {
  it.each([
    ['all images of a catalogue', { images: 1050, depth: 4, affectedShare: 1 }],
    ['a deep catalogue', { images: 1050, depth: 7, affectedShare: 1 }],
  ])('makes few requests: %s', async (_name, options) => {
    discovery.use(generateCatalogue({ ...options, rpmNames: 30, seed: 8 }))
    const { requests, plan } = await discovery.run()
    expect(plan.builds.length).toBeGreaterThan(900)
    expect(plan.builds.length).toBeLessThan(1100)
    expect(requests.pyxis).toBeLessThan(LIMITS.pyxis)
    expect(requests.koji).toBeLessThan(LIMITS.koji)
  })

  it('queries the build system once per image, although many share their ancestors', async () => {
    discovery.use(generateCatalogue({ images: 300, depth: 5, affectedShare: 1, rpmNames: 30, seed: 8 }))
    discovery.lab.world.kojiCalls.clear()
    const { findings } = await discovery.run()
    const fixedBuilds = 2
    expect(discovery.lab.world.kojiCalls.get('getBuild')).toBe(findings.nodes.length + fixedBuilds)
    expect(discovery.lab.world.kojiCalls.get('getTaskRequest')).toBe(findings.nodes.length)
  })

  it('finds all images even if the catalogue only answers small pages', async () => {
    discovery.use(generateCatalogue({ images: 200, depth: 4, affectedShare: 1, rpmNames: 10, seed: 8 }))
    const { plan } = await discovery.run()
    discovery.lab.world.faults.push({ service: 'pyxis', kind: 'mongo-timeout', aboveRows: 12 })
    expect((await discovery.run()).plan).toEqual(plan)
    discovery.lab.world.faults.length = 0
  })
})
