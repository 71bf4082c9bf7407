/** Keeps the RPMs of product versions that are based on a certain RHEL (`errata_rhel_release_prefix`). */
import type { HttpClient } from '../../lib/http/client.ts'
import { type AdvisoryRpm, legacySchema, productVersionSchema, productVersionsSchema } from './schema.ts'

/** The RPMs of `advisoryId` that stay. */
export type ReleaseFilter = (advisoryId: number, rpms: AdvisoryRpm[]) => Promise<AdvisoryRpm[]>

/** Sends nothing without a prefix; product versions that are not listed are dropped. */
export function createReleaseFilter(http: HttpClient, prefix: string): ReleaseFilter {
  return async (advisoryId, rpms) => {
    if (prefix === '' || rpms.length === 0) return rpms
    const { productId } = await http.json({ path: `/advisory/${advisoryId}.json` }, legacySchema)
    const path = `/products/${productId}/product_versions`
    const { idByName } = await http.json({ path: `${path}.json` }, productVersionsSchema)
    const names = new Set(rpms.map(({ productVersion }) => productVersion))
    const based = await Promise.all(
      [...names].map(async (name) => {
        const id = idByName.get(name)
        if (id === undefined) return []
        const release = await http.json({ path: `${path}/${id}.json` }, productVersionSchema)
        return release.startsWith(prefix) ? [name] : []
      }),
    )
    const kept = new Set(based.flat())
    return rpms.filter(({ productVersion }) => kept.has(productVersion))
  }
}
