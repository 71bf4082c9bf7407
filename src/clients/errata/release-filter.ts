/** Keeps only the RPMs of product versions based on a certain RHEL release (`errata_rhel_release_prefix`). */
import type { HttpClient } from '../../lib/http/client.ts'
import { type AdvisoryRpm, legacySchema, productVersionSchema, productVersionsSchema } from './schema.ts'

/** Returns those of the advisory's RPMs that pass the filter. */
export type ReleaseFilter = (advisoryId: number, rpms: AdvisoryRpm[]) => Promise<AdvisoryRpm[]>

/** With an empty prefix, keeps everything and sends no requests. RPMs of an unlisted product version are dropped. */
export function createReleaseFilter(http: HttpClient, prefix: string): ReleaseFilter {
  return async (advisoryId, rpms) => {
    if (prefix === '' || rpms.length === 0) return rpms
    const { productId } = await http.json({ path: `/advisory/${advisoryId}.json` }, legacySchema)
    const path = `/products/${productId}/product_versions`
    const ids = await http.json({ path: `${path}.json` }, productVersionsSchema)
    const names = new Set(rpms.map(({ productVersion }) => productVersion))
    const based = await Promise.all(
      [...names].map(async (name) => {
        const id = ids.get(name)
        if (id === undefined) return []
        const release = await http.json({ path: `${path}/${id}.json` }, productVersionSchema)
        return release.startsWith(prefix) ? [name] : []
      }),
    )
    const kept = new Set(based.flat())
    return rpms.filter(({ productVersion }) => kept.has(productVersion))
  }
}
