/** Types of the search for bundles: the clients it works with, and what it passes from step to step. */
import type { Clients } from '../../clients/index.ts'
import type { DigestImage } from '../../domain/rebuild/discover/bundles/catalogue.ts'
import type { DigestReplacement } from '../../domain/rebuild/discover/bundles/replacements.ts'
import type { Pullspec } from '../../domain/rebuild/submit/pullspec-overrides.ts'

/** The clients, all configured. */
export type BundleServices = {
  [K in 'errata' | 'pyxisRest' | 'koji' | 'productPages']: NonNullable<Clients[K]>
}

/** What replaces an image, by digest of the image. */
export type Digests = ReadonlyMap<string, DigestReplacement>

/** A bundle that refers to replaced images, with its changed pull specifications. */
export type ImpactedBundle = {
  image: DigestImage
  requested: boolean
  pullspecs: Pullspec[]
  replaced: DigestReplacement[]
}
