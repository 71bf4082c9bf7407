/** Builds of operator bundles: they fetch their changes from the service and apply them, or fail with the reason. */
import { expect, it } from 'vitest'
import { buildByNvr } from '../../../../../lab/services/koji/state.ts'
import { buildersForTest } from '../../../../support/lab/builders.ts'
import { sendJson, serve } from '../../../../support/servers/http-server.ts'

const NVR = 'storefront-bundle-container-2.3.1-4'
const REPLACEMENTS = ['httpd-24', 'nodejs-18'].map((name) => ({
  new: `registry.example.com/${name}@sha256:new`,
  original: `registry.example.com/${name}:latest`,
  pinned: true,
}))
const UPDATE = { metadata: { name: 'storefront-operator.v9' }, spec: { version: '9.0.0' } }

async function build(document: unknown, status = 200, nvr = NVR) {
  const { url } = await serve((_request, response) => sendJson(response, document, status))
  const lab = await buildersForTest()
  const release = '4.1700000000'
  const id = await lab.submit({ nvr, release, more: { operator_csv_modifications_url: url } })
  const task = await lab.ended(id)
  const rebuilt = nvr.replace(/-[^-]+$/, `-${release}`)
  return { task, bundle: buildByNvr(lab.world.koji, rebuilt)?.image?.bundle }
}

it('a bundle gets the name, version and images that its changes request', async () => {
  const { task, bundle } = await build({ pullspec_replacements: REPLACEMENTS, update: UPDATE })
  expect(task.state).toBe('CLOSED')
  expect(bundle).toMatchObject({
    csvName: 'storefront-operator.v9',
    version: '9.0.0',
    pullspecs: REPLACEMENTS,
    indices: [],
  })
})

it.each([
  ['are not there', null, 404, NVR, /HTTP 404/],
  ['are null', null, 200, NVR, /pin_operator_digest/],
  ['leave an image out', { pullspec_replacements: [], update: UPDATE }, 200, NVR, /Missing replacement/],
  [
    'are for another image',
    { pullspec_replacements: [], update: UPDATE },
    200,
    'nodejs-18-container-1-92',
    /bundles only/,
  ],
])('the build fails when its changes %s', async (_what, document, status, nvr, reason) => {
  const { task, bundle } = await build(document, status, nvr)
  expect(task).toMatchObject({ state: 'FAILED', fault: { code: 2001, text: expect.stringMatching(reason) } })
  expect(bundle).toBeUndefined()
})
