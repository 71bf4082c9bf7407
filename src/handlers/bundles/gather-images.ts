/** Fetches images of the catalogue by NVR. */
import type { Consideration } from '../../domain/rebuild/consideration.ts'
import type { DigestImage } from '../../domain/rebuild/discover/bundles/catalogue.ts'
import { lookUpEach } from '../../lib/async/look-up-each.ts'
import { unreadableText } from '../../lib/records.ts'
import type { BundleServices } from './services.ts'

/** `images`: null for an image that is unknown or cannot be read; `unreadable` has the reasons of the latter. */
type GatheredImages = { images: Map<string, DigestImage | null>; unreadable: Consideration[] }

/** Why the outcome for an image that is not rebuilt is not certain; none when its whole record could be read. */
export function partlyUnreadable({ nvr, unreadable }: DigestImage): Consideration[] {
  if (unreadable.length === 0) return []
  const reason = `part of its record in the catalogue cannot be read: ${unreadableText(unreadable)}`
  return [{ nvr, outcome: 'not-rebuilt', rule: 'unreadable', reason }]
}

/** Reads only. */
export async function gatherImages(
  { pyxisRest }: Pick<BundleServices, 'pyxisRest'>,
  nvrs: readonly string[],
): Promise<GatheredImages> {
  const answers = await lookUpEach([...new Set(nvrs)], (nvr) => pyxisRest.image(nvr))
  const images = new Map<string, DigestImage | null>()
  const unreadable: Consideration[] = []
  for (const [nvr, result] of answers) {
    const answer = result.ok ? result.value : { fault: result.error.message }
    const isFault = answer !== null && 'fault' in answer
    images.set(nvr, isFault ? null : answer)
    if (isFault) unreadable.push({ nvr, outcome: 'not-rebuilt', rule: 'unreadable', reason: answer.fault })
  }
  return { images, unreadable }
}
