/** Types of the search for flatpaks: the clients it works with, and what it passes from step to step. */
import type { Clients } from '../../clients/index.ts'
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { Module } from '../../domain/rebuild/discover/flatpaks/module.ts'
import type { Offer } from '../../domain/rebuild/discover/repository-filter.ts'
import type { Image } from '../../domain/rebuild/images/image.ts'

/** The clients, all configured. */
export type FlatpakServices = {
  [K in 'errata' | 'pyxis' | 'koji' | 'odcs' | 'flatpakIndex']: NonNullable<Clients[K]>
}

/** The modules of the advisory that each flatpak contains, by NVR of the flatpak. */
export type ListedFlatpaks = ReadonlyMap<string, readonly Module[]>

/** A flatpak that lacks the fix; `offer`: the tag through which it is rebuilt, null for a requested one. */
export type ImpactedFlatpak = { image: Image; offer: Offer | null }

/** `whenEmpty`: why none is left, without the id of the message. */
export type ImpactedFlatpaks = {
  flatpaks: ImpactedFlatpak[]
  considered: Consideration[]
  whenEmpty: string
}
