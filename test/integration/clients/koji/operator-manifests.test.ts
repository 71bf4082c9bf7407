/** Operator bundles in Koji: related images with odd records, and the CSV in the archive of manifests. */
import { strToU8, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import type { XmlRpcInput } from '../../../../src/lib/xmlrpc/index.ts'
import { kojiClientOf } from '../../../support/lab/koji-client.ts'
import { containerBuild } from '../../../support/lab/koji-structs.ts'
import { serve } from '../../../support/servers/http-server.ts'

const NVR = 'op-bundle-1.2.3-4'
const PULLSPEC = { new: 'r/a@sha256:1', original: 'r/a:1', pinned: true }

type Manifests = Record<string, XmlRpcInput>

function bundle(nvr: string, related: Manifests, extra: Manifests = {}, changes: Manifests = {}) {
  const image = { operator_manifests: { related_images: related } }
  return containerBuild(7, nvr, changes, { image, extra })
}

describe('the related images of a bundle', () => {
  test('are read one by one, and what is wrong with one bundle does not touch another', async () => {
    const client = await kojiClientOf({
      good: bundle('good', { created_by_osbs: true, pullspecs: [PULLSPEC] }),
      odd: bundle('odd', { created_by_osbs: true, pullspecs: [PULLSPEC, { new: 7 }, 'text'] }),
      unpinned: bundle('unpinned', { created_by_osbs: 'true', pullspecs: [{ ...PULLSPEC, pinned: null }] }),
      plain: containerBuild(8, 'plain'),
      broken: 'odd',
    })
    const known = await client.relatedImages(['good', 'odd', 'unpinned', 'plain', 'broken', 'missing'])
    expect(Object.fromEntries(known)).toEqual({
      good: { createdByOsbs: true, pullspecs: [PULLSPEC], unreadable: [] },
      odd: { createdByOsbs: true, pullspecs: [PULLSPEC], unreadable: [expect.anything(), expect.anything()] },
      unpinned: { createdByOsbs: false, pullspecs: [{ ...PULLSPEC, pinned: false }], unreadable: [] },
      plain: { createdByOsbs: false, pullspecs: [], unreadable: [] },
      broken: { fault: expect.stringContaining('Invalid extra data') },
      missing: { fault: 'Koji has no build of it' },
    })
  })

  test('are not known while the hub is in trouble, even about one of them', async () => {
    const client = await kojiClientOf({ good: bundle('good', {}), away: 'offline' })
    await expect(client.relatedImages(['good', 'away'])).rejects.toMatchObject({ code: 1014 })
  })
})

describe('the CSV of a bundle', () => {
  const archive = { operator_manifests_archive: 'operator_manifests.zip' }
  const csv =
    'metadata:\n  name: op.v1.2.3\n  annotations: {olm.substitutesFor: op.v1.2.2}\nspec: {version: 1.2.3}\n'
  const zip = (files: Record<string, string>) =>
    zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])))

  async function read(body: Uint8Array | number, build: XmlRpcInput = bundle(NVR, {}, archive)) {
    const { url, received } = await serve((_request, response) => {
      if (typeof body === 'number') response.writeHead(body).end('no')
      else response.end(body)
    })
    const client = await kojiClientOf({ [NVR]: build }, { topUrl: url })
    return { received, answer: client.bundleCsv(NVR) }
  }

  test.each(['manifests/op.clusterserviceversion.yaml', 'op.csv.yaml'])('is read from %s', async (name) => {
    const { received, answer } = await read(zip({ 'crd.yaml': 'a: 1', [name]: csv }))
    expect(await answer).toEqual({ name: 'op.v1.2.3', version: '1.2.3', substitutesFor: 'op.v1.2.2' })
    expect(received[0]?.url).toBe(
      '/packages/op-bundle/1.2.3/4/files/operator-manifests/operator_manifests.zip',
    )
  })

  test('is read from the volume of its build', async () => {
    const build = bundle(NVR, {}, archive, { volume_name: 'vol7' })
    const { received, answer } = await read(zip({ 'a.csv.yaml': csv }), build)
    await answer
    expect(received[0]?.url).toMatch(/^\/vol\/vol7\/packages\//)
  })

  test.each<[string, Uint8Array | number, RegExp]>([
    ['missing', 404, /archive of operator manifests is missing/],
    ['not a zip file', strToU8('PK and no more'), /cannot be read/],
    ['without a CSV', zip({ 'crd.yaml': 'a: 1' }), /has no ClusterServiceVersion/],
    ['with a CSV that is not YAML', zip({ 'a.csv.yaml': '{' }), /cannot be read/],
    ['with a CSV of another shape', zip({ 'a.csv.yaml': '[1]' }), /cannot be read/],
    ['refused for itself', 400, /cannot be read/],
  ])('in an archive that is %s has a reason', async (_what, body, reason) => {
    expect(await (await read(body)).answer).toEqual({ fault: expect.stringMatching(reason) })
  })

  test('of a build without an archive has a reason', async () => {
    expect(await (await read(404, bundle(NVR, {}))).answer).toEqual({
      fault: 'its build in Koji has no archive of operator manifests',
    })
  })

  test.each(['<html>Log in</html>', ''])(
    'is not known while a proxy answers with the page "%s"',
    async (page) => {
      await expect((await read(strToU8(page))).answer).rejects.toMatchObject({ blame: 'service' })
    },
  )

  test.each([503, 403])('is not known while the server of the files answers %i', async (status) => {
    await expect((await read(status)).answer).rejects.toMatchObject({ status })
  })
})
