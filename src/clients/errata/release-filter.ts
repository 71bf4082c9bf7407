/** Keeps the RPMs of product versions that are based on a certain RHEL (`errata_rhel_release_prefix`). */
import { isOdd } from '../../lib/errors.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import type { Unreadable } from '../../lib/records.ts'
import { type AdvisoryRpm, legacySchema, productVersionSchema, productVersionsSchema } from './schema.ts'

/** The RPMs of `advisoryId` that stay, and the product versions that cannot be read, so that theirs may be missing. */
export type ReleaseFilter = (
  advisoryId: number,
  rpms: AdvisoryRpm[],
) => Promise<{ rpms: AdvisoryRpm[]; unreadable: Unreadable[] }>

/** What a product version is based on; undefined: nothing that is known. */
type Base = { name: string; release?: string; unreadable?: Unreadable }

/** Sends nothing without a prefix; product versions that are not listed are dropped. */
export function createReleaseFilter(http: HttpClient, prefix: string): ReleaseFilter {
  return async (advisoryId, rpms) => {
    if (prefix === '' || rpms.length === 0) return { rpms, unreadable: [] }
    const address = { path: `/advisory/${advisoryId}.json`, subject: advisoryId }
    const { productId } = await http.json(address, legacySchema)
    const path = `/products/${productId}/product_versions`
    const { idByName, unreadable } = await http.json({ path: `${path}.json` }, productVersionsSchema)
    const names = new Set(rpms.map(({ productVersion }) => productVersion))
    const bases = await Promise.all(
      [...names].map(async (name): Promise<Base> => {
        const id = idByName.get(name)
        if (id !== undefined) return baseOf(http, name, { path: `${path}/${id}.json`, subject: id })
        const [odd] = unreadable // it may be this very one
        return odd
          ? { name, unreadable: { path: name, message: `not among those listed: ${odd.message}` } }
          : { name }
      }),
    )
    const kept = new Set(bases.flatMap(({ name, release }) => (release?.startsWith(prefix) ? [name] : [])))
    return {
      rpms: rpms.filter(({ productVersion }) => kept.has(productVersion)),
      unreadable: bases.flatMap((base) => base.unreadable ?? []),
    }
  }
}

async function baseOf(
  http: HttpClient,
  name: string,
  address: { path: string; subject: number },
): Promise<Base> {
  try {
    return { name, release: (await http.json(address, productVersionSchema)).rhelRelease }
  } catch (error) {
    if (isOdd(error)) return { name, unreadable: { path: name, message: error.message } }
    throw error
  }
}
